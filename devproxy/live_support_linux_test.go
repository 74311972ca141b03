package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// seat is a person's place at a terminal: what is typed, and what is seen.
type seat struct {
	t      *testing.T
	tty    *os.File // the person's end
	slave  *os.File // keeps the terminal's settings when the process is gone
	vt     vt10x.Terminal
	cmd    *exec.Cmd
	state  string
	before unix.Termios

	mu    sync.Mutex
	bytes strings.Builder

	exited chan struct{} // closed at the end, after err is set
	err    error
}

// sit runs `devproxy ARGS` in dir at a terminal of that size.
func sit(t *testing.T, dir string, width, height int, env []string, args ...string) *seat {
	t.Helper()
	return sitBefore(t, dir, width, height, env, binary(t), args...)
}

// sitBefore runs another program, such as a shell.
func sitBefore(t *testing.T, dir string, width, height int, env []string, program string, args ...string) *seat {
	t.Helper()
	s := &seat{t: t, state: shortFolder(t), exited: make(chan struct{})}
	var err error
	s.tty, s.slave, err = pty.Open()
	if err != nil {
		unavailable(t, "there are no pseudo-terminals: "+err.Error())
	}
	size := &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}
	require.NoError(t, pty.Setsize(s.tty, size))
	s.before = s.modes()
	s.vt = vt10x.New(vt10x.WithSize(width, height))
	s.cmd = exec.Command(program, args...)
	s.cmd.Dir = dir
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = s.slave, s.slave, s.slave
	// TERM=linux is a terminal that does not reflow, as the emulator
	s.cmd.Env = append(append(os.Environ(), "TERM=linux", "CI=", "NO_COLOR=", "FORCE_COLOR=", "XDG_STATE_HOME="+s.state, "TMPDIR="+s.state), env...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, s.cmd.Start())
	go func() {
		s.err = s.cmd.Wait()
		close(s.exited)
	}()
	go s.look()
	t.Cleanup(s.leave)
	return s
}

// look follows what is written to the terminal until that is closed.
func (s *seat) look() {
	buffer := make([]byte, 32<<10)
	for {
		n, err := s.tty.Read(buffer)
		s.mu.Lock()
		s.bytes.Write(buffer[:n])
		s.mu.Unlock()
		_, _ = s.vt.Write(buffer[:n])
		if err != nil {
			return
		}
	}
}

func (s *seat) leave() {
	_ = syscall.Kill(s.cmd.Process.Pid, syscall.SIGCONT)
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-s.exited
	if s.t.Failed() {
		s.t.Logf("the terminal shows:\n%s", s.seen())
	}
	s.slave.Close()
	s.tty.Close()
}

// seen is what stands on the terminal.
func (s *seat) seen() string {
	var rows []string
	for row := range strings.Lines(s.vt.String()) {
		rows = append(rows, strings.TrimRight(row, " \n"))
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

func (s *seat) written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes.String()
}

// await waits until the terminal shows something.
func (s *seat) await(what string, shows func(seen string) bool) {
	s.t.Helper()
	deadline := time.After(startLimit)
	for !shows(s.seen()) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-s.exited:
			if shows(s.seen()) {
				return
			}
			s.t.Fatalf("it ended (%v) before the terminal showed %s", s.err, what)
		case <-deadline:
			s.t.Fatalf("the terminal does not show %s", what)
		}
	}
}

func (s *seat) awaitText(text string) {
	s.t.Helper()
	s.await(text, func(seen string) bool { return strings.Contains(seen, text) })
}

// awaitArea waits for a text below the rule.
func (s *seat) awaitArea(text string) {
	s.t.Helper()
	s.await(text+" in the area", func(seen string) bool { return strings.Contains(areaOf(seen), text) })
}

// areaOf is what stands below the last rule.
func areaOf(seen string) string {
	at := strings.LastIndex(seen, "───")
	if at < 0 {
		return ""
	}
	return seen[at:]
}

func (s *seat) press(keys string) {
	s.t.Helper()
	_, err := io.WriteString(s.tty, keys)
	require.NoError(s.t, err)
}

func (s *seat) resize(width, height int) {
	s.t.Helper()
	s.vt.Resize(width, height)
	require.NoError(s.t, pty.Setsize(s.tty, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}))
}

// modes are the terminal's settings, as stty shows them.
func (s *seat) modes() unix.Termios {
	now, err := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	require.NoError(s.t, err)
	return *now
}

// awaitModes waits until the settings are those from before.
func (s *seat) awaitModes() {
	s.t.Helper()
	require.EventuallyWithT(s.t, func(c *assert.CollectT) { assert.Equal(c, s.before, s.modes()) }, startLimit, 20*time.Millisecond)
}

// awaitEnd gives the exit code.
func (s *seat) awaitEnd() int {
	s.t.Helper()
	select {
	case <-s.exited:
	case <-time.After(startLimit):
		s.t.Fatal("it does not end")
	}
	return s.cmd.ProcessState.ExitCode()
}

// other is another devproxy of the same project, without a terminal.
func (s *seat) other(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), binary(s.t), args...)
	cmd.Dir, cmd.Env = s.cmd.Dir, s.cmd.Env
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, string(out))
	return string(out)
}

// uiExtension is a folder with an extension whose UI is bundled.
func uiExtension(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "manifest.json"), `{"name":"page","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`)
	write(t, filepath.Join(dir, "ui/index.html"), `<!doctype html><title>page</title><script type="module" src="main.ts"></script>`)
	write(t, filepath.Join(dir, "ui/main.ts"), goodScript)
	return dir
}

const (
	goodScript = "const shown: string = 'one';\ndocument.title = shown;\n"
	badScript  = "const shown: string = ;\ndocument.title = shown;\n"
)

func write(t *testing.T, file, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
}
