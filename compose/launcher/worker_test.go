package launcher

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestRow3_a_worker_over_its_time_is_stopped_and_timed_out_not_failed(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	require.Equal(t, 15*time.Second, b.job().grace())
	require.Equal(t, 12*time.Minute, Job{Watchdog: 10 * time.Minute}.timeout(b.cfg))
	since := time.Now()
	obedient := b.job("exit-on-term", "sleep", "1m")
	obedient.Timeout, obedient.Snapshot = time.Second, true
	o := b.run(obedient)
	require.Equal(t, TimedOut, o.Status)
	require.Equal(t, 0, o.Code)
	require.Empty(t, o.Snapshot, "no snapshot after a timeout, whatever the code")
	require.Contains(t, o.Reason, "longer than 1s")
	require.Equal(t, []Source{SourceTimeout}, b.sources())
	require.True(t, b.captures[0].Warning)
	require.Equal(t, []string{"15"}, b.signals(since, obedient))

	since = time.Now()
	stubborn := b.job("ignore-term", "sleep", "1m")
	stubborn.Timeout, stubborn.Grace = time.Second, time.Second
	o = b.run(stubborn)
	require.Equal(t, TimedOut, o.Status)
	require.Equal(t, 137, o.Code)
	require.Equal(t, []string{"15", "9"}, b.signals(since, stubborn))
	require.Equal(t, []Source{SourceTimeout, SourceTimeout}, b.sources())
	require.Len(t, b.all(), 2)
}

// signals are what the engine sent to a job's worker.
func (b *bench) signals(since time.Time, j Job) (sent []string) {
	for _, m := range b.events(since, j) {
		if m.Action == events.ActionKill {
			sent = append(sent, m.Actor.Attributes["signal"])
		}
	}
	return sent
}

// events are what happened to a job's worker.
func (b *bench) events(since time.Time, j Job) (list []events.Message) {
	ctx := enginetest.Context(b.t)
	messages, failed := enginetest.Raw(b.t, b.engine).Events(ctx, events.ListOptions{
		Since: since.Format(time.RFC3339Nano), Until: time.Now().Format(time.RFC3339Nano),
		Filters: filters.NewArgs(filters.Arg("type", "container"), filters.Arg("label", LabelJob+"="+j.ID)),
	})
	for {
		select {
		case m := <-messages:
			list = append(list, m)
		case <-failed: // the end of what is asked for
			return list
		}
	}
}

func TestRow5_a_crash_is_told_with_its_facts_and_not_committed(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	var o Outcome
	var crashes []Source
	for range 20 {
		j := b.job("lines", "60", "eat")
		j.Snapshot, j.Memory = true, 16<<20
		o, crashes = b.run(j), append(crashes, SourceExit)
		require.Equal(t, Failed, o.Status)
		require.Equal(t, 137, o.Code)
		// On a busy machine the container's group may be gone before the engine's
		// shim has read why it was killed: no inspection ever tells of it then, and
		// no event, or one that comes too late for the engine's own account.
		if o.OOMKilled {
			break
		}
	}
	require.True(t, o.OOMKilled)
	require.Equal(t, "Worker crashed with exit code 137 · OOMKilled=true", o.Reason)
	require.Equal(t, crashes, b.sources())
	require.Empty(t, b.Snapshots())
	require.Empty(t, b.containers())
	require.Len(t, o.Tail, 50)
	require.Equal(t, "line 11", o.Tail[0])
	require.Equal(t, `Worker crashed with exit code 3 · OOMKilled=false · reason="no"`, crash(3, docker.Ending{Fault: "no"}))
}

func TestRow6_a_lost_engine_is_told_and_the_worker_let_go_once(t *testing.T) {
	line, engine := enginetest.NewLine(t)
	b := open(t, engine, Config{})
	j := b.job("sleep", "1m")
	j.Snapshot, j.Timeout = true, time.Minute
	w := b.launch(j)
	line.Cut()
	o := b.wait(w)
	line.Mend()
	require.Equal(t, Lost, o.Status)
	require.Equal(t, -1, o.Code)
	require.Equal(t, docker.CodeUnavailable, docker.CodeOf(o.Err))
	require.Equal(t, []Source{SourceWait}, b.sources())
	require.Len(t, b.all(), 1)
	require.Empty(t, b.Active())
	require.Len(t, b.containers(), 1)
	b.sweep(t.Context(), time.Now().Add(2*time.Minute))
	require.Empty(t, b.containers())
}

func TestRow6_a_worker_that_somebody_removes_is_let_go(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	w := b.launch(b.job("sleep", "1m"))
	require.NoError(t, b.engine.DiscardContainer(t.Context(), w.Container()))
	require.NotEqual(t, Succeeded, b.wait(w).Status)
	require.Empty(t, b.Active())
}

func TestAnEngineThatGoesAwayInTheMiddle_leaks_no_goroutine(t *testing.T) {
	line, engine := enginetest.NewLine(t)
	b := open(t, engine, Config{})
	b.run(b.job("exit", "0"))
	before := runtime.NumGoroutine()
	for range 3 {
		j := b.job("sleep", "1m")
		j.Collect = func(context.Context, Tree) error { return nil }
		w := b.launch(j)
		line.Cut()
		require.Equal(t, Lost, b.wait(w).Status)
		line.Mend()
	}
	_, err := b.Launch(t.Context(), b.job("exit", "0"))
	require.NoError(t, err)
	b.sweep(t.Context(), time.Now().Add(time.Hour))
	b.gone()
	require.NoError(t, engine.Close()) // its idle connections
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, enginetest.Timeout, 20*time.Millisecond)
}
