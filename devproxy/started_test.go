package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// startLimit is for a busy machine and the race detector.
	startLimit = time.Minute
	// compileLimit is for compiling a handler with the race detector on.
	compileLimit = 5 * time.Minute
	// stopLimit is what the README promises for Ctrl-C: of one stop on a machine
	// that is not busy.
	stopLimit = 3 * time.Second
	// heldUp bounds the stops of other tests, on a busy machine, too: what keeps a
	// process from its end does so for ten seconds, which a container is given, or
	// for ever.
	heldUp = 9 * time.Second
	// endLimit is for a process that must end, but not at once: one that stops
	// containers, or whose devproxy was killed.
	endLimit = 30 * time.Second
)

// urlInOutput is in the last line of the start-up, not in one about the app.
var urlInOutput = regexp.MustCompile(`^Open (https?://(?:[a-z]+\.)?localhost:\d+)`)

// started is a process that has printed its URL, in a process group of its own.
type started struct {
	url    string
	state  string // XDG_STATE_HOME
	cmd    *exec.Cmd
	output *transcript

	exited chan struct{} // closed at the end, after err is set
	err    error
}

// startUp runs `devproxy up` on a free port with empty state.
func startUp(t testing.TB, args ...string) *started {
	t.Helper()
	args = append([]string{"up", "--port", "0"}, args...)
	return startWithin(t, startLimit, exec.Command(binary(t), args...))
}

// startWithin runs cmd until it has printed a URL, and ends it with the test.
func startWithin(t testing.TB, limit time.Duration, cmd *exec.Cmd) *started {
	t.Helper()
	return startIn(t, shortFolder(t), limit, cmd)
}

// startIn is startWithin for a user whose state there is already.
func startIn(t testing.TB, state string, limit time.Duration, cmd *exec.Cmd) *started {
	t.Helper()
	found := make(chan string, 1)
	s := &started{cmd: cmd, state: state, exited: make(chan struct{}), output: &transcript{}}
	cmd.Env = append(append(os.Environ(), cmd.Env...), "XDG_STATE_HOME="+s.state, "TMPDIR="+filepath.Join(s.state, "tmp"))
	require.NoError(t, os.MkdirAll(filepath.Join(s.state, "tmp"), 0o700))
	leadsGroup(cmd)
	cmd.Stderr = s.output
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	go s.follow(stdout, found)
	t.Cleanup(func() { s.kill(t) })

	select {
	case s.url = <-found:
	case <-s.exited:
		t.Fatalf("%s ended before it printed a URL: %v\n%s", cmd, s.err, s.output)
	case <-time.After(limit):
		t.Fatalf("%s printed no URL within %s\n%s", cmd, limit, s.output)
	}
	return s
}

// shortFolder is a temporary folder whose name leaves room for sockets.
func shortFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dp") //nolint:usetesting // t.TempDir names the test, which is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// follow reads until the process ends, so that it never blocks on its output.
func (s *started) follow(stdout io.Reader, found chan<- string) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		_, _ = io.WriteString(s.output, lines.Text()+"\n")
		if match := urlInOutput.FindStringSubmatch(lines.Text()); match != nil {
			select {
			case found <- match[1]:
			default: // already found
			}
		}
	}
	s.err = s.cmd.Wait()
	close(s.exited)
}

// kill ends whatever is left of the process group.
func (s *started) kill(t testing.TB) {
	_ = killGroup(s.cmd.Process)
	<-s.exited
	if t.Failed() {
		t.Logf("output of %s:\n%s", s.cmd, s.output)
	}
}

// command is another devproxy of the same project.
func (s *started) command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t), args...)
	cmd.Dir = s.cmd.Dir
	cmd.Env = s.cmd.Env
	return cmd
}

// removedAfter removes what devproxy made in the engine with the test, whose
// context has ended by then, and [started.command] with it.
func (s *started) removedAfter(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		down := exec.Command(s.cmd.Path, "down", "-v")
		down.Dir, down.Env = s.cmd.Dir, s.cmd.Env
		out, err := down.CombinedOutput()
		assert.NoError(t, err, "%s", out)
	})
}

// interrupt presses Ctrl-C and returns how the process ended, and after how
// long.
func (s *started) interrupt(t testing.TB) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	require.NoError(t, interruptGroup(s.cmd.Process))
	select {
	case <-s.exited:
		return time.Since(began), s.err
	case <-time.After(endLimit):
		t.Fatalf("%s still runs %s after SIGINT\n%s", s.cmd, endLimit, s.output)
		return 0, nil
	}
}

// waitForHandlers waits until every handler is compiled. With the race detector
// that takes longer, on a machine that never did it, than a request may wait.
func (s *started) waitForHandlers(t *testing.T) {
	t.Helper()
	s.waitForHandlersWith(t, http.DefaultClient)
}

func (s *started) waitForHandlersWith(t *testing.T, client *http.Client) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		response, err := client.Get(s.url + "/__runner/extensions")
		if !assert.NoError(c, err) {
			return
		}
		defer response.Body.Close()
		var catalog struct {
			Extensions []struct{ Handler struct{ Status string } }
		}
		assert.NoError(c, json.NewDecoder(response.Body).Decode(&catalog))
		for _, extension := range catalog.Extensions {
			assert.Equal(c, "ready", extension.Handler.Status)
		}
	}, compileLimit, 100*time.Millisecond)
}

// uiURL is the address of the first extension's UI.
func (s *started) uiURL(t *testing.T, client *http.Client) string {
	t.Helper()
	res, err := client.Get(s.url + "/__runner/extensions")
	require.NoError(t, err)
	defer res.Body.Close()
	var catalog struct {
		Extensions []struct {
			Address string `json:"ui_url"`
		}
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&catalog))
	require.NotEmpty(t, catalog.Extensions)
	return catalog.Extensions[0].Address
}

// address is the host and port of the URL.
func (s *started) address(t *testing.T) string {
	t.Helper()
	parsed, err := url.Parse(s.url)
	require.NoError(t, err)
	return parsed.Host
}

// transcript collects output from several goroutines.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (tr *transcript) Write(p []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.Write(p)
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.String()
}
