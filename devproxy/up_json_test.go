package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// heard is a `devproxy up --json`, line by line.
type heard struct {
	started
	t      *testing.T
	lines  chan string // closed at the end of stdout
	all    []string
	stderr *transcript
	first  upDocument
}

// listen starts one in dir, and reads its first line.
func listen(t *testing.T, dir string, args ...string) *heard {
	t.Helper()
	h := &heard{t: t, lines: make(chan string, 1000), stderr: &transcript{}}
	h.cmd = exec.Command(binary(t), append([]string{"up", "--json", "--port", "0"}, args...)...)
	h.state, h.exited, h.output, h.cmd.Dir = shortFolder(t), make(chan struct{}), h.stderr, dir
	h.cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+h.state)
	leadsGroup(h.cmd)
	h.cmd.Stderr = h.stderr
	stdout, err := h.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, h.cmd.Start())
	t.Cleanup(func() { h.kill(t) })
	go func() {
		lines := bufio.NewScanner(stdout)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			h.lines <- lines.Text()
		}
		close(h.lines)
		h.err = h.cmd.Wait()
		close(h.exited)
	}()
	require.NoError(t, json.Unmarshal([]byte(h.next()), &h.first))
	require.Equal(t, "up", h.first.Type)
	h.url = h.first.URL
	return h
}

// next is the next line, which is valid.
func (h *heard) next() string {
	h.t.Helper()
	select {
	case line, more := <-h.lines:
		if !more {
			require.Fail(h.t, "the output has ended", "%s", h.stderr)
		}
		checkLines(h.t, line+"\n")
		h.all = append(h.all, line)
		return line
	case <-time.After(startLimit):
		require.Fail(h.t, "nothing is told", "%s\n%s", strings.Join(h.all, "\n"), h.stderr)
		return ""
	}
}

// until is the next change that fits.
func (h *heard) until(what string, fits func(runnerstatus.Change) bool) runnerstatus.Change {
	h.t.Helper()
	for {
		var c changeDocument
		require.NoError(h.t, json.Unmarshal([]byte(h.next()), &c))
		if c.Type == "change" && c.What == what && (fits == nil || fits(c.Change)) {
			return c.Change
		}
	}
}

func TestJSON_of_up_tells_when_it_is_ready_each_change_and_the_end(t *testing.T) {
	other := startUp(t)
	dir := typed(t)
	h := listen(t, "", "--extension", dir, "--backend", other.url+"/runner", "--", "sh", "-c", `echo '{"v":1,"type":"status"}'; echo to stderr >&2; exec sleep 1000`)
	assert.Equal(t, []string{"sh", "-c"}, h.first.Command[:2])
	assert.Equal(t, "url", h.first.Status.Selected)
	assert.Equal(t, h.url, h.first.Status.URL)
	assert.Equal(t, h.cmd.Process.Pid, h.first.PID)
	assert.NotEmpty(t, h.first.Addresses)
	require.Len(t, h.first.Status.Extensions, 1)

	source := filepath.Join(dir, "ui", "main.ts")
	writeFile(t, source, "let broken = ;\n")
	started := h.until(runnerstatus.Building, nil)
	assert.Equal(t, "ui", started.Target)
	assert.Equal(t, []string{"ui/main.ts"}, started.Saved)
	failed := h.until(runnerstatus.Failed, nil)
	assert.Equal(t, "acme.plain", failed.Extension)
	wrong := h.until(runnerstatus.Wrong, nil)
	require.Len(t, wrong.Problems, 1)
	assert.Equal(t, "ui/main.ts", wrong.Problems[0].File)
	assert.Equal(t, "build_failed", wrong.Problems[0].Code)

	writeFile(t, source, "document.title = 'mended'\n")
	published := h.until(runnerstatus.Published, func(c runnerstatus.Change) bool { return len(c.Saved) > 0 })
	assert.Equal(t, "page", published.Reload)
	assert.Positive(t, published.Milliseconds)
	assert.Equal(t, "acme.plain", h.until(runnerstatus.Mended, nil).Extension)

	require.NoError(t, h.command(t, "use", "embedded").Run())
	assert.Equal(t, "embedded", h.until(runnerstatus.Selected, nil).Backend)
	require.NoError(t, h.cmd.Process.Signal(os.Interrupt))
	h.until(runnerstatus.Stopping, nil)
	h.ends("asked")
	assert.Zero(t, h.cmd.ProcessState.ExitCode(), "%s", h.stderr)
	assert.Contains(t, h.stderr.String(), `[app] {"v":1,"type":"status"}`, "what the app prints is none of ours")
	assert.Contains(t, h.stderr.String(), "[app] to stderr")
	assert.NotContains(t, h.stderr.String(), "Open http")
	assert.NotContains(t, strings.Join(h.all, ""), "\x1b")
}

// ends reads to the end, whose last line says so.
func (h *heard) ends(reason string) {
	h.t.Helper()
	for line := range h.lines {
		checkLines(h.t, line+"\n")
		h.all = append(h.all, line)
	}
	<-h.exited
	var last stoppedDocument
	require.NoError(h.t, json.Unmarshal([]byte(h.all[len(h.all)-1]), &last))
	assert.Equal(h.t, "stopped", last.Type)
	assert.Equal(h.t, reason, last.Reason)
	assert.Equal(h.t, 1, strings.Count(strings.Join(h.all, "\n"), `"what":"stopping"`))
}

func TestJSON_of_up_ends_with_the_app_and_with_down(t *testing.T) {
	h := listen(t, "", "--", "sh", "-c", "sleep 0.5; exit 7")
	h.ends("app_exited")
	assert.Equal(t, exitFailure, h.cmd.ProcessState.ExitCode())
	lines := strings.Split(strings.TrimSpace(h.stderr.String()), "\n")
	assert.Equal(t, []string{"error"}, checkLines(t, lines[len(lines)-1]+"\n"))

	h = listen(t, "")
	require.NoError(t, h.command(t, "down").Run())
	h.ends("asked")
	assert.Zero(t, h.cmd.ProcessState.ExitCode(), "%s", h.stderr)
}

func TestJSON_of_up_is_silent_when_it_cannot_start(t *testing.T) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(binary(t), "up", "--json", "--app", "/nowhere")
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), "XDG_STATE_HOME="+shortFolder(t)), &stdout, &stderr
	assert.Equal(t, exitUsage, exitCode(t, cmd.Run()))
	assert.Empty(t, stdout.String())
	assert.Equal(t, []string{"error"}, checkLines(t, stderr.String()))
}

func TestJSON_of_up_ends_devproxy_once_nobody_reads(t *testing.T) {
	dir := typed(t)
	read, written, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.Command(binary(t), "up", "--json", "--port", "0", "--extension", dir)
	stderr := &transcript{}
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), "XDG_STATE_HOME="+shortFolder(t)), written, stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	require.NoError(t, written.Close())
	_, err = bufio.NewReaderSize(read, 1<<20).ReadString('\n')
	require.NoError(t, err, stderr)
	require.NoError(t, read.Close())
	writeFile(t, filepath.Join(dir, "ui", "main.ts"), "document.title = 'unheard'\n")
	assert.NoError(t, cmd.Wait(), stderr)
	assert.Contains(t, stderr.String(), "nobody reads the output")
}

func TestJSON_of_up_ends_in_order_though_nobody_reads_any_more(t *testing.T) {
	read, write, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.Command(binary(t), "up", "--json", "--port", "0", "--extension", uiOnly(t))
	stderr := new(transcript)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), "XDG_STATE_HOME="+shortFolder(t)), write, stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	require.NoError(t, write.Close())
	_, err = bufio.NewReader(read).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, read.Close())
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	assert.NoError(t, cmd.Wait(), "a reader who is gone is no second signal: %s", stderr)
}

// TestJSON_of_up_waits_for_no_reader_who_has_stopped holds that a full pipe keeps
// devproxy neither from hearing signals nor from ending.
func TestJSON_of_up_waits_for_no_reader_who_has_stopped(t *testing.T) {
	read, write := io.Pipe()
	s := &stream{out: write, err: io.Discard, lines: make(chan waitingLine, waitingLines), written: make(chan struct{})}
	s.open(new(upDocument), runnerstatus.Snapshot{})
	over := make(chan time.Time)
	close(over)
	for range 2 * waitingLines {
		s.put(over, "change", new(changeDocument))
	}
	s.stopping()
	s.stopped("asked")
	require.NoError(t, read.Close())
	<-s.written
}

func TestJSON_of_up_in_the_background_is_its_first_line(t *testing.T) {
	state := shortFolder(t)
	devproxy := func(args ...string) (string, error) {
		cmd := exec.Command(binary(t), args...)
		cmd.Dir, cmd.Env = state, append(os.Environ(), "XDG_STATE_HOME="+state)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := devproxy("up", "--json", "--detach", "--port", "0")
	require.NoError(t, err, out)
	t.Cleanup(func() { _, _ = devproxy("down") })
	assert.Equal(t, []string{"up"}, checkLines(t, out))
	_, err = devproxy("down")
	require.NoError(t, err)

	out, err = devproxy("up", "--json", "--detach", "--port", "0", "--app", "/nowhere")
	assert.Equal(t, exitUsage, exitCode(t, err))
	assert.Equal(t, []string{"error"}, checkLines(t, out))
	assert.Contains(t, out, "app_invalid")
}
