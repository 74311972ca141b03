package launcher

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestRow10_only_old_orphans_are_removed_running_or_not(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{Timeout: time.Hour})
	tracked := b.launch(b.job("sleep", "1m"))
	orphan := func(timeout time.Duration, command ...string) string {
		j := b.job(command...)
		j.Timeout = timeout
		spec := b.spec(j, b.image, environment{})
		spec.AutoRemove = false
		id, err := b.engine.CreateWorker(t.Context(), spec)
		require.NoError(t, err)
		require.NoError(t, b.engine.StartContainer(t.Context(), id))
		return id
	}
	young := orphan(2*time.Hour, "sleep", "1m")
	old := orphan(time.Minute, "exit-on-term", "sleep", "1m")
	stopped := orphan(time.Minute, "exit", "0")
	byDefault := orphan(0, "exit", "0")
	_, err := b.engine.WaitExit(enginetest.Context(t), stopped)
	require.NoError(t, err)

	b.sweep(t.Context(), time.Now().Add(30*time.Minute))
	require.ElementsMatch(t, []string{tracked.Container(), young, byDefault}, ids(b.containers()))
	b.sweep(t.Context(), time.Now().Add(90*time.Minute))
	require.ElementsMatch(t, []string{tracked.Container(), young}, ids(b.containers()), "not %s", old)
	require.Equal(t, []Source{SourceOrphan, SourceOrphan, SourceOrphan}, b.sources())
	tracked.Kill(0)
	b.wait(tracked)
}

func ids(list []docker.Container) (out []string) {
	for _, c := range list {
		out = append(out, c.ID)
	}
	return out
}

func TestRow11_workers_of_another_instance_are_left_alone(t *testing.T) {
	engine := enginetest.Engine(t)
	mine, others := open(t, engine, Config{}), open(t, engine, Config{})
	w := others.launch(others.job("sleep", "1m"))
	mine.sweep(t.Context(), time.Now().Add(24*time.Hour))
	require.Equal(t, []string{w.Container()}, ids(others.containers()))
	w.Kill(0)
	others.wait(w)
}
