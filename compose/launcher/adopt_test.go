package launcher

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

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
