//go:build unix

// spare_engine_test.go contains an engine that is the test's alone, so that it
// may be killed.

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// spareEngineLimit is how long an engine may take to start or to end.
const spareEngineLimit = 2 * time.Minute

// spareEngine is a dockerd beside the user's, with folders, a bridge and addresses
// of its own. So is its containerd, but where the system runs one, dockerd uses
// that, and leaves an empty namespace there. It writes no firewall rules: those of
// all engines of a machine are in the same chains, which each clears when it
// starts. Ports are carried by its docker-proxy, which dies with it. Its networks
// have addresses of the usual pools, of which engines leave out what is in use:
// with pools of its own an engine that starts again removes docker0, the user's.
type spareEngine struct {
	t       *testing.T
	dir     string
	name    string // of the bridge, and of the namespace in containerd
	network string // how the bridge's addresses begin, "198.18."
	users   bool   // the machine's engine had its bridge

	cmd    *exec.Cmd
	exited chan struct{} // closed once cmd has ended
}

// newSpareEngine starts one. Where that cannot be, it says why, and nil is
// returned; under CI=true, root with a dockerd has to be able to.
func newSpareEngine(t *testing.T) *spareEngine {
	t.Helper()
	if why := noSpareEngine(); why != "" {
		t.Logf("the engine is not killed, only cut off: %s", why)
		return nil
	}
	e := &spareEngine{t: t, dir: shortFolder(t), network: freeNetwork(t), users: hasUsersBridge()}
	e.name = "dpt" + filepath.Base(e.dir)[2:]
	e.name = e.name[:min(len(e.name), 15)] // the longest that a bridge may have
	require.NoError(t, os.WriteFile(e.path("daemon.json"), []byte("{}"), 0o600))
	t.Cleanup(e.end)
	err := e.begin()
	if err == nil {
		return e
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI=true wants an engine that may be killed: %v\n%s", err, e.log())
	}
	t.Logf("the engine is not killed, only cut off: %v\n%s", err, e.log())
	e.end()
	return nil
}

// noSpareEngine says why there can be none.
func noSpareEngine() string {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return "a second one takes root on Linux"
	}
	if _, err := exec.LookPath("dockerd"); err != nil {
		return err.Error()
	}
	return ""
}

// freeNetwork is one, of those that are for tests (RFC 2544), that this machine
// has no address in and no way to.
func freeNetwork(t *testing.T) string {
	t.Helper()
	taken, err := exec.Command("ip", "-4", "-oneline", "address").Output()
	require.NoError(t, err)
	routes, err := exec.Command("ip", "-4", "route").Output()
	require.NoError(t, err)
	for _, network := range []string{"198.18.", "198.19."} {
		if !strings.Contains(string(taken)+string(routes), network) {
			return network
		}
	}
	require.Fail(t, "198.18.0.0/15 is in use, where an engine of the test's own would be")
	return ""
}

func (e *spareEngine) path(name string) string { return filepath.Join(e.dir, name) }
func (e *spareEngine) socket() string          { return e.path("e.sock") }
func (e *spareEngine) host() string            { return "DOCKER_HOST=unix://" + e.socket() }

// begin makes the bridge and starts the engine for the first time.
func (e *spareEngine) begin() error {
	for _, args := range [][]string{
		{"link", "add", e.name, "type", "bridge"},
		{"address", "add", e.network + "0.1/24", "dev", e.name},
		{"link", "set", e.name, "up"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %v: %w: %s", args, err, out)
		}
	}
	if err := e.start(false); err != nil {
		return err
	}
	return e.ready()
}

// start returns once connections are accepted, which is before requests are
// answered. Without liveRestore an engine ends the containers that it finds
// alive.
func (e *spareEngine) start(liveRestore bool) error {
	log, err := os.OpenFile(e.path("log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("dockerd", "--config-file="+e.path("daemon.json"), "--data-root="+e.path("data"), "--exec-root="+e.path("run"),
		"--pidfile="+e.path("pid"), "--host=unix://"+e.socket(), "--containerd-namespace="+e.name, "--containerd-plugins-namespace="+e.name+"p",
		"--bridge="+e.name, "--live-restore="+strconv.FormatBool(liveRestore),
		"--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")
	cmd.Stdout, cmd.Stderr = log, log
	endsWithUs(cmd)
	e.cmd, e.exited = cmd, make(chan struct{})
	began := make(chan error)
	go func() {
		runtime.LockOSThread() // its end would be taken for that of the test
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		began <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(e.exited)
	}()
	if err := <-began; err != nil {
		return err
	}
	return e.await("accepts connections", func() error {
		conn, err := net.Dial("unix", e.socket())
		if err == nil {
			err = conn.Close()
		}
		return err
	})
}

// ready returns once requests are answered.
func (e *spareEngine) ready() error {
	return e.await("answers", func() error {
		ctx, cancel := context.WithTimeout(context.Background(), spareEngineLimit)
		defer cancel()
		engine, err := docker.Connect(ctx, docker.Options{Environ: []string{e.host()}})
		if err == nil {
			err = engine.Close()
		}
		return err
	})
}

// await tries until there is no error any more, as long as the engine runs.
func (e *spareEngine) await(what string, try func() error) error {
	giveUp := time.After(spareEngineLimit)
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-e.exited:
			return fmt.Errorf("the engine ended before it %s: %w", what, err)
		case <-giveUp:
			return fmt.Errorf("waiting until the engine %s: %w", what, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// signal sends one; whoever sends a last one waits for exited.
func (e *spareEngine) signal(signal syscall.Signal) {
	e.t.Helper()
	require.NoError(e.t, e.cmd.Process.Signal(signal))
}

// kill ends it at once. Containers go on, without their ports.
func (e *spareEngine) kill() {
	e.t.Helper()
	containerd := e.containerd()
	e.signal(syscall.SIGKILL)
	<-e.exited
	e.gone(containerd)
}

// stop ends it in order, with its containers unless they are to be restored.
func (e *spareEngine) stop() {
	e.t.Helper()
	containerd := e.containerd()
	e.signal(syscall.SIGTERM)
	select {
	case <-e.exited:
	case <-time.After(spareEngineLimit):
		require.Fail(e.t, "the engine did not end", "%s", e.log())
	}
	e.gone(containerd)
}

// containerd is the process that the engine has started, 0 where it uses the
// system's.
func (e *spareEngine) containerd() int {
	text, err := os.ReadFile(e.path("run/containerd/containerd.pid"))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// gone waits for the end of the containerd, which follows the engine's, and
// removes what says that they run: another process may have their ids by then.
func (e *spareEngine) gone(containerd int) {
	e.t.Helper()
	require.Eventually(e.t, func() bool { return containerd == 0 || !isAlive(e.t, strconv.Itoa(containerd)) }, spareEngineLimit, 20*time.Millisecond)
	for _, name := range []string{"pid", "run/containerd/containerd.pid"} {
		_ = os.Remove(e.path(name))
	}
}

// log is the end of what the engine has written.
func (e *spareEngine) log() string {
	text, _ := os.ReadFile(e.path("log"))
	return string(text[max(0, len(text)-8<<10):])
}
