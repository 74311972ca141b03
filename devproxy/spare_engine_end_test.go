//go:build unix

// spare_engine_end_test.go contains how an engine of a test's own is removed, with
// all that engines leave outside of their folder.

package main

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
)

// end removes the engine. In the end of a test that failed it may be dead or
// stopped, and have containers.
func (e *spareEngine) end() {
	if e.t.Failed() {
		e.t.Logf("the end of the engine's log:\n%s", e.log())
	}
	e.clearContainers()
	e.finish()
	e.endProcesses()
	for _, point := range e.mounts() {
		_ = exec.Command("umount", "--lazy", point).Run()
	}
	for _, name := range e.interfaces() {
		_ = exec.Command("ip", "link", "delete", name).Run()
	}
}

// endProcesses waits for what the engine started, and ends what is left.
func (e *spareEngine) endProcesses() {
	assert.Eventually(e.t, func() bool { return !slices.ContainsFunc(e.processes(), isContainers) }, time.Minute, 50*time.Millisecond, "the engine has ended, and not all that it started")
	for _, p := range e.processes() {
		line, _ := p.Cmdline()
		children, _ := p.Children()
		e.t.Logf("the engine has ended, but not: %s (%d children)", line, len(children))
		for _, child := range children {
			_ = child.Kill()
		}
		_ = p.Kill()
	}
	assert.Eventually(e.t, func() bool { return len(e.processes()) == 0 }, time.Minute, 50*time.Millisecond, "what was killed has ended")
}

// isContainers tells an engine, and what containers run by, from a shim in which
// nothing runs: a containerd that is killed while it starts a container may forget
// that one's, which waits for ever then.
func isContainers(p *process.Process) bool {
	line, _ := p.Cmdline()
	children, _ := p.Children()
	return !strings.Contains(line, "containerd-shim") || len(children) > 0
}

// clearContainers removes those of a test that failed; another leaves none.
func (e *spareEngine) clearContainers() {
	if !e.t.Failed() || e.cmd == nil || e.cmd.Process == nil {
		return
	}
	_ = e.cmd.Process.Signal(syscall.SIGCONT)
	select {
	case <-e.exited:
		if e.start(false) != nil {
			return
		}
	default:
	}
	if e.ready() != nil {
		return
	}
	list := exec.Command("docker", "ps", "--all", "--quiet")
	list.Env = append(os.Environ(), e.host())
	ids, _ := list.Output()
	if all := strings.Fields(string(ids)); len(all) > 0 {
		remove := exec.Command("docker", append([]string{"rm", "--force"}, all...)...)
		remove.Env = list.Env
		_ = remove.Run()
	}
	networks := exec.Command("docker", "network", "prune", "--force") // or their bridges stay
	networks.Env = list.Env
	_ = networks.Run()
}

// finish ends the process, if it runs.
func (e *spareEngine) finish() {
	if e.cmd == nil || e.cmd.Process == nil {
		return
	}
	_ = e.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-e.exited:
	case <-time.After(spareEngineLimit):
		assert.Fail(e.t, "the engine did not end", "%s", e.log())
		_ = e.cmd.Process.Kill()
		<-e.exited
	}
}

// left is what is there of the engine after its end.
func (e *spareEngine) left() (all []string) {
	for _, p := range e.processes() {
		line, _ := p.Cmdline()
		all = append(all, "process "+line)
	}
	for _, point := range e.mounts() {
		all = append(all, "mount "+point)
	}
	for _, name := range e.interfaces() {
		all = append(all, "interface "+name)
	}
	if e.users && !hasUsersBridge() {
		all = append(all, "nothing of docker0, which was there before")
	}
	rules, _ := exec.Command("iptables-save").Output()
	for rule := range strings.Lines(string(rules)) {
		if strings.Contains(rule, e.network) || strings.Contains(rule, e.name) {
			all = append(all, "rule "+rule)
		}
	}
	return all
}

// processes are the engine, its containerd and its shims.
func (e *spareEngine) processes() (ours []*process.Process) {
	all, _ := process.Processes()
	for _, p := range all {
		words, _ := p.CmdlineSlice()
		if len(words) == 0 || int(p.Pid) == os.Getpid() {
			continue
		}
		if slices.ContainsFunc(words[1:], func(word string) bool {
			return strings.Contains(word, e.dir+"/") || word == e.name
		}) {
			ours = append(ours, p)
		}
	}
	return ours
}

// mounts are those below the folder, the innermost first. An engine that was
// killed once leaves that of its data.
func (e *spareEngine) mounts() (points []string) {
	table, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[1], e.dir+"/") {
			points = append(points, fields[1])
		}
	}
	slices.Reverse(points)
	return points
}

// interfaces are what is left of the bridge that was made for it. Those of its
// networks go with them.
func (e *spareEngine) interfaces() (names []string) {
	if _, err := net.InterfaceByName(e.name); err == nil {
		names = append(names, e.name)
	}
	return names
}

// hasUsersBridge says whether the default network of the machine's engine is there.
func hasUsersBridge() bool {
	_, err := net.InterfaceByName("docker0")
	return err == nil
}
