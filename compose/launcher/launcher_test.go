package launcher

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestRow1_without_snapshots_the_engine_removes_the_worker_and_it_has_nothing_beyond_its_limits(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	raw := enginetest.Raw(t, b.engine)
	j := b.job("sleep", "1m")
	w := b.launch(j)
	found, err := raw.ContainerInspect(t.Context(), w.Container())
	require.NoError(t, err)

	host := container.HostConfig{AutoRemove: true, Resources: container.Resources{Memory: 64 << 20, MemorySwap: 64 << 20}}
	twin, err := raw.ContainerCreate(t.Context(), &container.Config{Image: b.image}, &host, nil, nil, "")
	require.NoError(t, err)
	enginetest.Afterwards(t, func(ctx context.Context) error { return b.engine.DiscardContainer(ctx, twin.ID) })
	want, err := raw.ContainerInspect(t.Context(), twin.ID)
	require.NoError(t, err)
	require.Equal(t, want.HostConfig, found.HostConfig)

	w.Kill(0)
	b.wait(w)
	b.gone()

	j = b.job("sleep", "1m")
	j.Snapshot = true
	w = b.launch(j)
	found, err = raw.ContainerInspect(t.Context(), w.Container())
	require.NoError(t, err)
	require.False(t, found.HostConfig.AutoRemove)
	w.Kill(0)
	require.Equal(t, Killed, b.wait(w).Status)
	require.Empty(t, b.containers())
}

func TestRow2_labels_are_strings_and_names_are_made_usable(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	w := b.launch(Job{ID: b.Instance()[:8] + ":b", Image: b.image, Local: true, Command: []string{"sleep", "1m"}, Timeout: time.Hour})
	c := b.containers()[0]
	require.Equal(t, "devproxy-worker-"+b.Instance()[:8]+"_b", c.Name)
	require.Equal(t, map[string]string{
		"devproxy.managed": "true", "devproxy.instance": b.Instance(), "devproxy.job.id": b.Instance()[:8] + ":b", "devproxy.job.type": "",
		"devproxy.project.id": "", "devproxy.work.item": "", "devproxy.agent.type": "", "devproxy.snapshot.enabled": "false",
		"devproxy.snapshot.ttl": "0s", "devproxy.timeout": "1h0m0s", "devproxy.secrets": "",
	}, without(c.Labels, "dev.devproxy.content"))
	w.Kill(0)
	b.wait(w)
}

func without(labels map[string]string, key string) map[string]string {
	delete(labels, key)
	return labels
}

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

func TestRow4_a_success_is_committed_then_removed_then_let_go(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	since := time.Now()
	j := b.job("write", "/cache/warm", "yes")
	j.Snapshot = true
	committed := 0
	b.cfg.Hooks.Ended = func(Job, Outcome) { committed = len(b.containers()) }
	b.Close()
	b.reopen()
	o := b.run(j)
	require.Equal(t, Succeeded, o.Status, "%+v", o)
	require.NotEmpty(t, o.Snapshot)
	require.Zero(t, committed, "the container is gone before the worker is let go")
	var order []string
	for _, m := range b.events(since, j) {
		order = append(order, string(m.Action))
	}
	require.Equal(t, []string{"create", "start", "die", "commit", "destroy"}, order)

	// and the next one starts from it
	j = b.job("cat", "/cache/warm", "env")
	j.Snapshot = true
	o = b.run(j)
	require.True(t, o.Reused)
	require.Equal(t, "yes true", o.Tail[0])
	require.Contains(t, o.Tail[1], "DEVPROXY_SNAPSHOT_REUSE=true DEVPROXY_SNAPSHOT_ENABLED=true")
	require.Contains(t, o.Tail[1], `FROM_IMAGE=a $b "c"`)
	require.Empty(t, b.sources())
}

func TestRow5_a_crash_is_told_with_its_facts_and_not_committed(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("lines", "60", "eat")
	j.Snapshot, j.Memory = true, 16<<20
	o := b.run(j)
	require.Equal(t, Failed, o.Status)
	require.Equal(t, 137, o.Code)
	require.True(t, o.OOMKilled)
	require.Equal(t, "Worker crashed with exit code 137 · OOMKilled=true", o.Reason)
	require.Equal(t, []Source{SourceExit}, b.sources())
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

func TestRow7_a_snapshot_that_is_gone_is_given_up_for_the_image_once(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("env")
	j.Snapshot = true
	b.run(j)
	s := b.Snapshots()[0]
	require.NoError(t, b.engine.DropImage(t.Context(), s.Image))
	j = b.job("env")
	j.Snapshot = true
	o := b.run(j)
	require.Equal(t, Succeeded, o.Status)
	require.False(t, o.Reused)
	require.NotContains(t, o.Tail[0], "SNAPSHOT_REUSE")
	require.Empty(t, b.sources())

	require.NoError(t, b.engine.DropImage(t.Context(), s.Image))
	j = b.job("env")
	j.Snapshot, j.Image = true, "devproxytest-none:none"
	_, err := b.Launch(t.Context(), j)
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err))
	require.Equal(t, []Source{SourceSpawn, SourceSpawnFallback}, b.sources())
	require.Empty(t, b.containers())
	require.Empty(t, b.Snapshots())
}

func TestRow8_another_404_is_no_reason_to_give_a_snapshot_up(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("env")
	j.Snapshot = true
	b.run(j)
	j = b.job("env")
	j.Snapshot, j.Network = true, "devproxytest-no-network"
	_, err := b.Launch(t.Context(), j)
	require.ErrorContains(t, err, "devproxytest-no-network")
	require.Len(t, b.Snapshots(), 1)
	require.Empty(t, b.sources())
	require.Empty(t, b.containers(), "a failed start removes what it created")
}

func TestRow9_a_commit_that_fails_changes_no_result(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit", "0")
	j.Snapshot = true
	// somebody removes the container before it can be committed
	j.Collect = func(ctx context.Context, _ Tree) error { return b.engine.DiscardContainer(ctx, b.containers()[0].ID) }
	o := b.run(j)
	require.Equal(t, Succeeded, o.Status)
	require.Empty(t, o.Snapshot)
	require.Equal(t, []Source{SourceCommit}, b.sources())
}

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

func TestRow12_closing_stops_no_worker_and_the_next_launcher_takes_it_up(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	since := time.Now()
	j := b.job("say", "begun", "exit-on-term", "sleep", "3s", "write", "/warm", "yes")
	j.Snapshot = true
	w := b.launch(j)
	b.printed(w.Container(), "begun")
	b.Close()
	require.Equal(t, Detached, b.wait(w).Status)
	require.Empty(t, b.Active())
	require.Empty(t, b.signals(since, j))
	require.True(t, b.containers()[0].Running())
	require.Empty(t, b.all())

	instance := b.Instance()
	b.reopen()
	require.Equal(t, instance, b.Instance())
	require.Len(t, b.Active(), 1)
	require.Equal(t, j.ID, b.Active()[0].ID)
	b.Launcher.mu.Lock()
	again := b.active[j.ID]
	b.Launcher.mu.Unlock()
	o := b.wait(again)
	require.Equal(t, Succeeded, o.Status)
	require.NotEmpty(t, o.Snapshot)
	require.Len(t, b.all(), 1)
	require.Empty(t, b.containers())
}

func TestRow13_the_oldest_snapshots_go_and_those_in_use_stay(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	var images []string
	var last Job
	for i := range 6 {
		last = b.job("write", "/n", strings.Repeat("x", i))
		last.Snapshot, last.Item = true, string(rune('a'+i))
		if i == 5 {
			// somebody has a container of the oldest: it stays for now
			holder, err := b.engine.CreateWorker(t.Context(), docker.WorkerSpec{Image: images[0]})
			require.NoError(t, err)
			enginetest.Afterwards(t, func(ctx context.Context) error { return b.engine.DiscardContainer(ctx, holder) })
			images = append(images, b.run(last).Snapshot)
			require.Len(t, b.Snapshots(), 6, "an entry goes only with its image")
			require.Empty(t, b.sources())
			require.NoError(t, b.engine.DiscardContainer(t.Context(), holder))
			continue
		}
		images = append(images, b.run(last).Snapshot)
	}
	b.sweep(t.Context(), time.Now())
	require.Len(t, b.Snapshots(), 5)
	_, err := b.engine.FindImage(t.Context(), images[0])
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err))
	_, err = b.engine.FindImage(t.Context(), images[1])
	require.NoError(t, err)
	b.sweep(t.Context(), time.Now().Add(25*time.Hour))
	require.Empty(t, b.Snapshots())
}

func TestRow14_no_secret_gets_into_a_snapshot_and_a_failed_lookup_stops_nothing(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("env")
	j.Snapshot, j.Env = true, []string{"PLAIN=1", "CREDENTIAL_MASTER_KEY=master"}
	j.Credentials = func(context.Context) (map[string]string, error) { return nil, errors.New("no vault") }
	o := b.run(j)
	require.Equal(t, Succeeded, o.Status)
	require.Equal(t, []Source{SourceCredentials}, b.sources())
	require.NotContains(t, o.Tail[0], "DEVPROXY_CREDENTIAL_KEYS")
	require.NotContains(t, o.Tail[0], "master")
	made, err := enginetest.Raw(t, b.engine).ImageInspect(t.Context(), o.Snapshot)
	require.NoError(t, err)
	require.Subset(t, made.Config.Env, []string{"PLAIN=", "DEVPROXY_JOB_ID=", `FROM_IMAGE=a $b "c"`})
	require.Empty(t, made.Config.Labels[LabelManaged], "a container that somebody starts from it is no worker")

	j = b.job("env", "write", "/kept", "yes")
	j.Snapshot, j.Data = true, `{"of":"the job"}`
	j.Credentials = func(context.Context) (map[string]string, error) {
		return map[string]string{"TOKEN": "hunter2", "KEY": "swordfish", "CREDENTIAL_MASTER_KEY": "master"}, nil
	}
	o = b.run(j)
	require.Equal(t, Succeeded, o.Status)
	require.Contains(t, o.Tail[0], `KEY=swordfish TOKEN=hunter2 DEVPROXY_CREDENTIAL_KEYS=KEY,TOKEN`)
	require.NotContains(t, o.Tail[0], "master")
	require.NotEmpty(t, o.Snapshot)
	for _, secret := range []string{"hunter2", "swordfish", "of"} {
		require.NotContains(t, b.everything(o.Snapshot), `=`+secret)
	}
	j = b.job("cat", "/kept", "env")
	j.Snapshot = true
	o = b.run(j)
	require.True(t, o.Reused)
	require.Equal(t, "yes true", o.Tail[0])
	require.NotContains(t, o.Tail[1], "TOKEN")
}

// everything is all that the engine says of an image.
func (b *bench) everything(image string) string {
	_, text, err := enginetest.Raw(b.t, b.engine).ImageInspectWithRaw(b.t.Context(), image) //nolint:staticcheck // the raw text is what matters
	require.NoError(b.t, err)
	return string(text)
}

// TestOwner is no test: it is the owner that TestAKilledOwner ends.
func TestOwner(t *testing.T) {
	file, image, id := os.Getenv("OWNER_STATE"), os.Getenv("OWNER_IMAGE"), os.Getenv("OWNER_JOB")
	if file == "" {
		return
	}
	l, err := Open(t.Context(), enginetest.Engine(t), Config{StateFile: file})
	require.NoError(t, err)
	_, err = l.Launch(t.Context(), Job{ID: id, Image: image, Local: true, Snapshot: true, Project: "p", Item: "i", Command: []string{"say", "begun", "sleep", "2s", "write", "/warm", "yes"}})
	require.NoError(t, err)
	fmt.Println("launched")
	<-t.Context().Done()
}

func TestAKilledOwner_is_followed_by_one_that_takes_its_workers_up(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	b.Close()
	owner := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOwner$")
	owner.Env = append(os.Environ(), "OWNER_STATE="+b.cfg.StateFile, "OWNER_IMAGE="+b.image, "OWNER_JOB="+b.job().ID)
	out, err := owner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, owner.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "launched\n", line)
	require.NoError(t, owner.Process.Kill())
	_ = owner.Wait() // it was killed
	require.Len(t, b.containers(), 1)

	b.reopen()
	require.Eventually(t, func() bool { return len(b.all()) == 1 }, enginetest.Timeout, 10*time.Millisecond)
	require.Equal(t, Succeeded, b.all()[0].Status)
	require.NotEmpty(t, b.all()[0].Snapshot)
	require.Empty(t, b.containers())
	j := Job{ID: "after" + b.Instance()[:8], Image: b.image, Local: true, Snapshot: true, Project: "p", Item: "i", Command: []string{"cat", "/warm"}}
	require.Equal(t, []string{"yes true"}, b.run(j).Tail)
}

func TestLaunch_fetches_an_image_that_is_not_of_this_machine(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit", "0")
	j.Image, j.Local = "127.0.0.1:1/none:none", false
	_, err := b.Launch(enginetest.Context(t), j)
	require.ErrorContains(t, err, "pulling image 127.0.0.1:1/none:none")
	require.Empty(t, b.containers())
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

func TestState_is_for_its_owner_alone_and_what_is_wrong_with_it_is_told(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	info, err := os.Stat(b.cfg.StateFile)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	for _, text := range []string{"", "{", "{}", `{"instance":3}`} {
		file := b.cfg.StateFile + "x"
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := Open(t.Context(), b.engine, Config{StateFile: file})
		require.ErrorContains(t, err, file)
	}
}

func TestLaunch_waits_for_a_place_in_turn_and_not_for_ever(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{Workers: 1, SlotWait: 300 * time.Millisecond})
	first := b.launch(b.job("sleep", "1m"))
	_, err := b.Launch(t.Context(), b.job("exit", "0"))
	var slot *Error
	require.ErrorAs(t, err, &slot)
	require.Equal(t, CodeSlotTimeout, slot.Code)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Launch(ctx, b.job("exit", "0"))
	require.ErrorIs(t, err, context.Canceled)
	first.Kill(0)
	b.wait(first)
	require.Equal(t, Succeeded, b.run(b.job("exit", "0")).Status)
	b.gone()
}

func TestLaunch_refuses_data_that_no_variable_holds(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit", "0")
	j.Data = strings.Repeat("x", mostData+1)
	_, err := b.Launch(t.Context(), j)
	var refused *Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, CodeDataTooLarge, refused.Code)
	require.Empty(t, b.containers())
}

func TestLaunch_a_program_that_is_not_there_leaves_nothing(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{Workers: 1})
	j := b.job()
	j.Entrypoint = []string{"/nothing"}
	for range 2 { // the place is given back
		_, err := b.Launch(enginetest.Context(t), j)
		require.Equal(t, docker.CodeCommandNotFound, docker.CodeOf(err))
	}
	b.gone()
}

func TestAdopt_a_worker_that_was_being_killed_has_not_succeeded(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit-on-term", "say", "begun", "sleep", "1m")
	j.Snapshot = true
	w := b.launch(j)
	b.printed(w.Container(), "begun")
	b.Close()
	// the launcher before was torn away between its decision and the end
	b.change(func(k *kept) { k.Ending[w.Container()] = TimedOut })
	require.NoError(t, b.engine.StopContainer(enginetest.Context(t), w.Container(), time.Minute))
	b.reopen()
	require.Eventually(t, func() bool { return len(b.all()) == 1 }, enginetest.Timeout, 10*time.Millisecond)
	o := b.all()[0]
	require.Equal(t, TimedOut, o.Status)
	require.Zero(t, o.Code)
	require.Empty(t, b.Snapshots())
	b.gone()
}

func TestSnapshots_of_another_image_or_too_old_are_not_used(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit", "0")
	j.Snapshot = true
	b.run(j)
	_, fresh := b.fresh(t.Context(), j, time.Now())
	require.True(t, fresh)
	_, fresh = b.fresh(t.Context(), j, time.Now().Add(25*time.Hour))
	require.False(t, fresh)
	j.SnapshotTTL = 48 * time.Hour
	_, fresh = b.fresh(t.Context(), j, time.Now().Add(25*time.Hour))
	require.True(t, fresh)
	j.Image = enginetest.Image(t, b.engine)
	_, fresh = b.fresh(t.Context(), j, time.Now())
	require.False(t, fresh)

	deep := b.Snapshots()[0]
	deep.Layers = mostLayers
	b.register(deep)
	j.Image = b.image
	_, fresh = b.fresh(t.Context(), j, time.Now())
	require.False(t, fresh, "engines stop at some number of layers")

	// a launcher that lost its list finds the images
	b.Close()
	b.change(func(k *kept) { k.Snapshots = nil })
	b.reopen()
	require.Len(t, b.Snapshots(), 1)
	require.Equal(t, "Proj/A", b.Snapshots()[0].Project)
}

func TestExcess_takes_the_old_then_the_many_then_the_large(t *testing.T) {
	now := time.Now()
	snapshot := func(name string, age time.Duration, size int64) Snapshot {
		return Snapshot{Image: name, Created: now.Add(-age), Size: size}
	}
	l := &Launcher{cfg: Config{Snapshots: Limits{TTL: time.Hour, Count: 3, Size: 100}}, state: &state{}}
	l.state.Snapshots = []Snapshot{
		snapshot("new", 1*time.Minute, 50), snapshot("old", 61*time.Minute, 1), snapshot("kept", 10*time.Minute, 40),
		snapshot("fourth", 30*time.Minute, 0), snapshot("large", 20*time.Minute, 60),
	}
	l.state.Snapshots[3].TTL = 2 * time.Hour
	names := []string{}
	for _, s := range l.excess(now) {
		names = append(names, s.Image)
	}
	require.Equal(t, []string{"old", "fourth", "large"}, names)
}
