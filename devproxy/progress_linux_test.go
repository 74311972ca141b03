package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slowExtension is one whose UI is built by a command that waits for the file
// `go` in the folder.
func slowExtension(t *testing.T) string {
	t.Helper()
	dir := uiExtension(t)
	write(t, filepath.Join(dir, "package.json"), `{"scripts":{"build:ui":"while [ ! -e go ]; do sleep 0.1; done; mkdir -p dist"}}`)
	write(t, filepath.Join(dir, ".gitignore"), "go\n")
	return dir
}

var taskInArea = regexp.MustCompile(`… building the ui of \S+  [1-9] s`)

func TestBuild_shows_on_a_terminal_what_goes_on_and_for_how_long(t *testing.T) {
	dir := slowExtension(t)
	s := sit(t, dir, 80, 20, nil, "build")
	s.await("what goes on", taskInArea.MatchString) // its id may not be known yet
	write(t, filepath.Join(dir, "go"), "")
	s.awaitText("acme.page: build ")
	assert.Zero(t, s.awaitEnd())
	assert.NotContains(t, s.seen(), "building", "the row has left")
}

func TestLive_ends_amid_what_a_key_started_without_complaining_of_that(t *testing.T) {
	dir := slowExtension(t)
	write(t, filepath.Join(dir, "go"), "")
	s := sit(t, dir, 100, 30, nil, "up", "--port", "0")
	s.awaitReady()
	require.NoError(t, os.Remove(filepath.Join(dir, "go")))
	s.press("r")
	s.await("the build", func(seen string) bool { return taskInArea.MatchString(areaOf(seen)) })
	s.press("q")
	assert.Zero(t, s.awaitEnd())
	s.awaitModes()
	assert.NotContains(t, s.seen(), "devproxy: failed")
	assert.NotContains(t, s.seen(), "devproxy: interrupted")
}

func TestBuild_tells_a_pipe_in_lines_what_takes_long(t *testing.T) {
	dir := slowExtension(t)
	var out bytes.Buffer
	told := &watched{want: "devproxy: building the ui of ", seen: func() { write(t, filepath.Join(dir, "go"), "") }}
	cmd := exec.CommandContext(within(t), binary(t), "build")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, told
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+shortFolder(t))
	require.NoError(t, cmd.Run(), told.text.String())
	assert.Regexp(t, `devproxy: building the ui of .*: ended after \d+ s\n`, told.text.String())
	assert.NotContains(t, told.text.String(), "\x1b")
	assert.Contains(t, out.String(), "is good")
}

// within ends a command that waits for what never comes.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	t.Cleanup(cancel)
	return ctx
}

// watched calls seen once it has the text that is wanted.
type watched struct {
	text strings.Builder
	want string
	seen func()
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.text.Write(p)
	if w.seen != nil && strings.Contains(w.text.String(), w.want) {
		w.seen()
		w.seen = nil
	}
	return n, err
}

func TestLive_shows_what_goes_on_and_so_does_the_build_command_of_another_terminal(t *testing.T) {
	dir := slowExtension(t)
	s := sit(t, dir, 100, 30, nil, "up", "--port", "0")
	s.await("what goes on", func(seen string) bool { return taskInArea.MatchString(areaOf(seen)) })
	var status struct {
		Tasks []struct{ Kind, Subject, Detail string }
	}
	require.NoError(t, json.Unmarshal([]byte(s.other("status", "--json")), &status))
	require.NotEmpty(t, status.Tasks)
	assert.Equal(t, "build", status.Tasks[0].Kind)
	write(t, filepath.Join(dir, "go"), "")
	s.awaitReady()
	s.await("nothing that goes on", func(seen string) bool { return !strings.Contains(areaOf(seen), "building") })

	require.NoError(t, os.Remove(filepath.Join(dir, "go")))
	told := &watched{want: "devproxy: building the ui of ", seen: func() { write(t, filepath.Join(dir, "go"), "") }}
	cmd := exec.CommandContext(within(t), binary(t), "build")
	cmd.Dir, cmd.Env, cmd.Stderr = dir, s.cmd.Env, told
	require.NoError(t, cmd.Run(), told.text.String())
	assert.Contains(t, told.text.String(), "ended after")
}
