//go:build unix

package main

import (
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// soakDisturbance is something that may happen on a developer's machine.
type soakDisturbance struct {
	name     string
	disturbs []string // devproxy, the runner, the app: who may have no answer meanwhile
	do       func(s *soak)
}

// soakDisturbances are those that befall all but the engine; see
// engineDisturbances. Which state a backend is in when its turn comes is left to
// chance.
func soakDisturbances() []soakDisturbance {
	runner, app, all := []string{"runner"}, []string{"app"}, []string{"devproxy", "runner", "app"}
	return []soakDisturbance{
		{"the runner is killed", runner, func(s *soak) { s.container("kill") }},
		{"the runner is paused", runner, func(s *soak) { s.pauseRunner("pause", "unpause") }},
		{"the runner is stopped by a signal", runner, func(s *soak) { s.pauseRunner("kill", "kill", "--signal=STOP", "--signal=CONT") }},
		{"the runner is restarted by somebody else", runner, func(s *soak) { s.container("restart", "--time=1") }},
		{"the runner is removed", runner, func(s *soak) { s.container("rm", "--force") }},
		{"the runner has no memory left", runner, (*soak).exhaustRunner},
		{"the runner is restarted", runner, func(s *soak) { s.verb("restart") }},
		{"the engine is away", runner, func(s *soak) { s.cutEngine("") }},
		{"the engine is away while the runner is killed", runner, func(s *soak) { s.cutEngine("kill") }},
		{"the engine is away while the runner is removed", runner, func(s *soak) { s.cutEngine("rm") }},
		{"requests go to embedded", runner, func(s *soak) { s.verb("use", "embedded") }},
		{"requests go to docker", runner, func(s *soak) { s.verb("use", "docker") }},
		{"the UI is saved", runner, func(s *soak) { s.place.saveUI() }},
		{"the UI is saved ten times", runner, (*soak).saveOften},
		{"a broken UI is saved", runner, func(s *soak) { s.saveBroken("ui/version.ts", s.place.saveUI) }},
		{"the handler is saved", runner, func(s *soak) { s.place.saveHandler() }},
		{"a broken handler is saved", runner, func(s *soak) { s.saveBroken("src/version.ts", s.place.saveHandler) }},
		{"the app's server is killed", app, func(s *soak) { s.signalApp(syscall.SIGKILL) }},
		{"the app's server is stopped by a signal", app, (*soak).pauseApp},
		{"devproxy is stopped by a signal", all, (*soak).pauseDevproxy},
		{"devproxy is killed", all, (*soak).killDevproxy},
	}
}

// pass lets up to so much time pass.
func (s *soak) pass(most time.Duration) {
	select {
	case <-time.After(time.Duration(s.random.Int64N(int64(most)))):
	case <-s.t.Context().Done():
	}
}

// container does something to a container of the runner that runs, if there
// is one. Two may meet, of devproxy and the test, so that it fails is no fault.
func (s *soak) container(verb string, flags ...string) string {
	s.t.Helper()
	ids := strings.Fields(s.ask("ps", "--quiet", "--filter=label="+s.label()))
	if len(ids) == 0 {
		s.t.Log("          no runner runs")
		return ""
	}
	id := ids[s.random.IntN(len(ids))]
	if out, err := s.docker(append(append([]string{verb}, flags...), id)...).CombinedOutput(); err != nil {
		s.t.Logf("          docker %s: %s", verb, strings.TrimSpace(string(out)))
	}
	return id
}

// label is that of what belongs to this devproxy in the engine.
func (s *soak) label() string { return "dev.devproxy.instance=" + s.project().instance() }

// ask is what docker prints. It does not go through the line, and an engine
// that was killed is back before anything else is done.
func (s *soak) ask(args ...string) string {
	s.t.Helper()
	out, err := s.docker(args...).Output()
	require.NoError(s.t, err, "docker %v", args)
	return string(out)
}

// pauseRunner pauses for a moment, or for good: then devproxy has to find out.
func (s *soak) pauseRunner(pause, goOn string, flags ...string) {
	s.t.Helper()
	flags = append(flags, "", "")
	id := s.container(pause, strings.Fields(flags[0])...)
	if id == "" || s.random.IntN(2) == 0 {
		return
	}
	s.pass(5 * time.Second)
	_ = s.docker(append(append([]string{goOn}, strings.Fields(flags[1])...), id)...).Run()
}

// exhaustRunner gives the container as little memory as the engine allows,
// until it is killed for that.
func (s *soak) exhaustRunner() {
	s.t.Helper()
	ids := strings.Fields(s.ask("ps", "--quiet", "--filter=label="+s.label()))
	if len(ids) == 0 {
		s.t.Log("          no runner runs")
		return
	}
	limit := func(mib int) error {
		size := strconv.Itoa(mib) + "m"
		return s.docker("update", "--memory="+size, "--memory-swap="+size, ids[0]).Run()
	}
	for mib := 16; mib < 1024 && limit(mib) != nil; mib += 8 {
	}
	died := false
	for giveUp := time.Now().Add(20 * time.Second); !died && time.Now().Before(giveUp); {
		said, err := s.docker("inspect", "--format={{.State.OOMKilled}}", ids[0]).Output()
		died = err != nil || strings.TrimSpace(string(said)) == "true"
		s.pass(200 * time.Millisecond)
	}
	s.t.Logf("          killed for its memory: %v", died)
	_ = limit(8192)
}

// cutEngine takes the engine away from devproxy; meanwhile verb befalls the
// runner.
func (s *soak) cutEngine(verb string) {
	s.t.Helper()
	s.place.line.cut()
	switch verb {
	case "kill":
		s.container("kill")
	case "rm":
		s.container("rm", "--force")
	}
	s.pass(5 * time.Second)
	s.place.line.mend()
}

// verb is a command of the developer's. It may be refused, for a reason that is
// documented.
func (s *soak) verb(args ...string) {
	s.t.Helper()
	began := time.Now()
	out, err := s.command(s.t, args...).CombinedOutput()
	if err == nil {
		return
	}
	code := faultCode.FindStringSubmatch(string(out))
	s.t.Logf("          after %v: %s", time.Since(began).Round(time.Millisecond), out)
	require.NotNil(s.t, code, "devproxy %v: %v", args, err)
	require.True(s.t, s.load.codes[code[1]], "devproxy %v: the code is not documented", args)
}

func (s *soak) saveOften() {
	s.t.Helper()
	for range 10 {
		s.place.saveUI()
		s.pass(200 * time.Millisecond)
	}
}

// saveBroken saves what does not build and, before or after that is known, a
// version that does.
func (s *soak) saveBroken(name string, good func()) {
	s.t.Helper()
	s.place.write(name, "this is no TypeScript (\n")
	if s.random.IntN(2) == 0 {
		require.EventuallyWithT(s.t, func(c *assert.CollectT) {
			status, err := s.status()
			assert.NoError(c, err)
			assert.NotEmpty(c, status.Extensions[0].Problems)
		}, settleLimit, 100*time.Millisecond, "%s", s.output)
	} else {
		s.pass(time.Second)
	}
	good()
}

// signalApp hits the server that the app's shell has started.
func (s *soak) signalApp(signal syscall.Signal) {
	s.t.Helper()
	parent, err := process.NewProcess(int32(s.cmd.Process.Pid))
	require.NoError(s.t, err)
	shells, err := parent.Children()
	require.NoError(s.t, err)
	for _, shell := range shells {
		servers, _ := shell.Children()
		for _, server := range servers {
			if exe, err := server.Exe(); err == nil && exe == s.place.app {
				assert.NoError(s.t, syscall.Kill(int(server.Pid), signal))
				return
			}
		}
	}
	s.t.Log("          no server of the app runs")
}

func (s *soak) pauseApp() {
	s.t.Helper()
	s.signalApp(syscall.SIGSTOP)
	s.pass(3 * time.Second)
	s.signalApp(syscall.SIGCONT)
}

func (s *soak) pauseDevproxy() {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGSTOP))
	s.pass(3 * time.Second)
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGCONT))
}

// killDevproxy kills it right after a save, and starts the next one.
func (s *soak) killDevproxy() {
	s.t.Helper()
	s.settle("before devproxy is killed")
	s.endLife()
	for _, unrest := range s.load.unrest {
		unrest.begin()
	}
	s.load.run()
	s.pass(time.Second)
	s.place.saveUI()
	s.pass(300 * time.Millisecond)
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGKILL))
	<-s.exited
	s.pass(time.Second)
	s.start(strings.Split(s.address(s.t), ":")[1])
	s.settle("devproxy is killed")
	s.newLife()
}
