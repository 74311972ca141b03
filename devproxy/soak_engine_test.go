//go:build unix

package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// engineDisturbances befall an engine of the test's own. The first is what every
// run begins with.
func engineDisturbances() []soakDisturbance {
	runner := []string{"runner"}
	return []soakDisturbance{
		{"the engine is killed", runner, func(s *soak) { s.killEngine(noRunner) }},
		{"the engine is killed, and the runner", runner, func(s *soak) { s.killEngine(theRunner) }},
		{"the engine is killed twice", runner, func(s *soak) { s.killEngine(noRunner); s.killEngine(noRunner) }},
		{"the engine is restarted", runner, (*soak).restartEngine},
		{"the engine is stopped by a signal", runner, func(s *soak) { s.pauseEngine(noRunner) }},
		{"the engine is stopped by a signal, and the runner is killed", runner, func(s *soak) { s.pauseEngine(theRunner) }},
		{"the engine's containerd is killed", runner, (*soak).killContainerd},
	}
}

// docker is that command, for the engine of this run.
func (s *soak) docker(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), "docker", args...)
	if s.place.engine != nil {
		cmd.Env = append(os.Environ(), s.place.engine.host())
	}
	return cmd
}

// Who else is killed while the engine is not there to see it.
func noRunner(*soak) func() { return func() {} }
func theRunner(s *soak) func() {
	s.t.Helper()
	var pids []int
	for _, id := range strings.Fields(s.ask("ps", "--quiet", "--filter=label="+s.label())) {
		said, _ := s.docker("inspect", "--format={{.State.Pid}}", id).Output() // none of one that is removed by now
		if pid, err := strconv.Atoi(strings.TrimSpace(string(said))); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return func() {
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// killEngine kills it, and starts it again after a while.
func (s *soak) killEngine(also func(*soak) func()) {
	s.t.Helper()
	kill := also(s)
	s.place.engine.kill()
	s.place.line.die()
	kill()
	s.pass(5 * time.Second)
	s.startEngine()
}

// restartEngine ends it as a system does that updates it.
func (s *soak) restartEngine() {
	s.t.Helper()
	s.place.engine.stop()
	s.place.line.cut()
	s.pass(2 * time.Second)
	s.startEngine()
}

// startEngine leaves to chance whether the engine goes on with the containers
// that it finds, or ends them, as it does unless told otherwise.
func (s *soak) startEngine() {
	s.t.Helper()
	restore := s.random.IntN(2) == 0
	s.t.Logf("          the engine starts, live-restore: %v", restore)
	require.NoError(s.t, s.place.engine.start(restore))
	s.place.line.mend()
	require.NoError(s.t, s.place.engine.ready())
}

// pauseEngine has it answer nothing for a while, longer than devproxy waits
// for it.
func (s *soak) pauseEngine(also func(*soak) func()) {
	s.t.Helper()
	kill := also(s)
	s.place.engine.signal(syscall.SIGSTOP)
	kill()
	s.pass(20 * time.Second)
	s.place.engine.signal(syscall.SIGCONT)
	require.NoError(s.t, s.place.engine.ready())
}

// killContainerd kills what the engine runs containers by; it starts another.
func (s *soak) killContainerd() {
	s.t.Helper()
	pid := s.place.engine.containerd()
	if pid == 0 {
		s.t.Log("          the containerd is the system's")
		return
	}
	assert.NoError(s.t, syscall.Kill(pid, syscall.SIGKILL))
	require.Eventually(s.t, func() bool {
		next := s.place.engine.containerd()
		return next != 0 && next != pid && syscall.Kill(next, 0) == nil
	}, spareEngineLimit, 100*time.Millisecond, "%s", s.place.engine.log())
}

// leavesNothingInEngine looks at all that the engine has, which nobody else
// uses, and at what is there after its end.
func (s *soak) leavesNothingInEngine() {
	s.t.Helper()
	if s.place.engine == nil {
		return
	}
	for what, list := range map[string][]string{
		"container": {"ps", "--all"}, "image": {"images", "--all"}, "network": {"network", "ls", "--filter=type=custom"}, "volume": {"volume", "ls"},
	} {
		assert.Empty(s.t, s.ask(append(list, "--quiet")...), "a %s is left in the engine", what)
	}
	s.place.line.cut()
	s.place.engine.end()
	assert.Empty(s.t, s.place.engine.left(), "the engine's end")
}
