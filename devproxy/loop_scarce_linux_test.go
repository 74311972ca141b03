// loop_scarce_linux_test.go contains what happens when files may not be opened
// or written.

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoop_with_100_open_files_answers_as_documented_and_recovers(t *testing.T) {
	w := newExtension(t)
	w.start(w.after("ulimit -n 100", binary(t)))
	w.waitForHandlers(t)
	w.serves("ui-0", "handler-0")

	answers := newSoakAnswers(t)
	answers.unrest["runner"].begin()
	idle := holdConnections(t, w, 50)
	var clients sync.WaitGroup
	for i := range 40 {
		clients.Go(func() {
			for n := range 10 {
				path := []string{"/", "/runner/ext-ui/" + loopID + "/" + anyHash + "/main.js", "/api/ext/" + loopID + "/version"}[(i+n)%3]
				askOnce(answers, w.url+path)
			}
		})
	}
	w.saveUI("ui-1")
	clients.Wait()
	for _, conn := range idle {
		assert.NoError(t, conn.Close())
	}
	answers.report(nil)

	require.Eventually(t, func() bool {
		return strings.Contains(w.asset(anyHash, "main.js").body, "ui-1") || len(w.status().Problems) > 0
	}, paintLimit, 100*time.Millisecond, "a save is shown, or it is told why not")
	w.saveUI("ui-2")
	w.saveHandler("handler-2")
	w.serves("ui-2", "handler-2")
	assert.Empty(t, w.status().Problems)
	_, err := w.interrupt(t)
	assert.NoError(t, err)
}

// holdConnections takes most of the files that devproxy may open.
func holdConnections(t *testing.T, w *workbench, count int) []net.Conn {
	t.Helper()
	var held []net.Conn
	for range count {
		conn, err := net.Dial("tcp", w.address(t))
		require.NoError(t, err)
		held = append(held, conn)
		t.Cleanup(func() { _ = conn.Close() })
	}
	return held
}

// askOnce has its answer judged, over a connection of its own.
func askOnce(answers *soakAnswers, url string) {
	judge := answers.judge("request", "runner")
	client := http.Client{Timeout: 2 * answerBound, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		judge.unanswered(err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	judge.answered(res, string(text), err, func(http.Header, string) string { return "" })
}

func TestLoop_goes_on_from_memory_while_the_state_folder_is_read_only(t *testing.T) {
	state := shortFolder(t)
	own := "mount -t tmpfs -o size=256m tmpfs '" + state + "'"
	needsNamespace(t, syscall.CLONE_NEWNS, own)
	w := newExtension(t)
	// the record of calls is a file that stays open, and would keep the file
	// system from being made read-only
	recordOff := "export DEVPROXY_RECORD=off\n"
	w.start(inNamespace(w.after(own+"\n"+recordOff+stateIn(state), binary(t)), syscall.CLONE_NEWNS))
	w.waitForHandlers(t)
	w.serves("ui-0", "handler-0")
	before := w.files()

	remount := func(how string) {
		t.Helper()
		out, err := exec.Command("nsenter", "--user", "--mount", "--target", fmt.Sprint(w.cmd.Process.Pid), "mount", "-o", "remount,"+how, state).CombinedOutput()
		if errors.Is(err, exec.ErrNotFound) {
			unavailable(t, err.Error())
		}
		require.NoError(t, err, "%s", out)
	}
	remount("ro")
	w.saveUI("ui-1")
	w.saveHandler("handler-1")
	w.serves("ui-1", "handler-1")
	w.says("publish_failed", "read-only file system")

	remount("rw")
	w.saveUI("ui-2")
	w.saveHandler("handler-2")
	w.serves("ui-2", "handler-2")
	// devproxy status would look for a socket outside of that namespace
	for _, name := range []string{"ui/version.ts", "src/version.ts"} {
		before[name] = w.files()[name]
	}
	assert.Equal(t, before, w.files(), "nothing is written to the tree")
}

func TestUp_says_so_when_the_state_folder_cannot_be_written(t *testing.T) {
	state := shortFolder(t)
	readOnly := "mount -t tmpfs -o ro tmpfs '" + state + "'"
	needsNamespace(t, syscall.CLONE_NEWNS, readOnly)
	cmd := inNamespace(exec.CommandContext(t.Context(), "sh", "-ec", readOnly+"\nexec \"$@\"", "sh", binary(t), "up", "--port", "0"), syscall.CLONE_NEWNS)
	cmd.Env = append(cmd.Environ(), "XDG_STATE_HOME="+state)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", out)
	assert.Equal(t, exitFailure, exit.ExitCode(), "%s", out)
	assert.Contains(t, string(out), "devproxy: state_unwritable: ")
	assert.Contains(t, string(out), "set XDG_STATE_HOME")
	assert.NotContains(t, strings.ToLower(string(out)), "goroutine")
}
