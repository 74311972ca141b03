package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	buildID  = regexp.MustCompile(`acme\.page  ([0-9a-f]{12})  \d\d:\d\d:\d\d`)
	originIn = regexp.MustCompile(`http://localhost:\d+`)
)

// awaitReady waits until the area shows the extension's build, and gives it.
func (s *seat) awaitReady() (build string) {
	s.t.Helper()
	s.await("a build in the area", func(seen string) bool {
		match := buildID.FindStringSubmatch(areaOf(seen))
		if match == nil || !strings.Contains(seen, "Open http") {
			return false
		}
		build = match[1]
		return true
	})
	return build
}

func TestLive_area_follows_saves_mistakes_and_the_window_and_leaves_the_terminal_as_it_was(t *testing.T) {
	dir := uiExtension(t)
	s := sit(t, dir, 100, 30, nil, "up", "--port", "0")
	first := s.awaitReady()
	area := areaOf(s.seen())
	assert.Contains(t, area, originIn.FindString(s.seen())+"  embedded up, selected\n")
	assert.Contains(t, area, "o open  r rebuild  s switch  l logs  c clear  d dashboard  h help  q quit")

	write(t, filepath.Join(dir, "ui/main.ts"), strings.Replace(goodScript, "one", "two", 1))
	s.await("another build", func(seen string) bool {
		match := buildID.FindStringSubmatch(areaOf(seen))
		return match != nil && match[1] != first
	})
	s.await("the save above the area", func(seen string) bool {
		return strings.Contains(strings.TrimSuffix(seen, areaOf(seen)), "acme.page: published")
	})

	write(t, filepath.Join(dir, "ui/main.ts"), badScript)
	s.awaitArea("error acme.page: ui/main.ts:1:23: ")
	write(t, filepath.Join(dir, "ui/main.ts"), goodScript)
	s.await("the mistake's end", func(seen string) bool {
		return !strings.Contains(areaOf(seen), "error") && strings.Contains(areaOf(seen), first)
	})

	s.resize(40, 20)
	s.awaitArea("o r s l c d h q  (h: help)")
	assert.Equal(t, 1, strings.Count(s.seen(), "(h: help)"), "there is one area")
	for row := range strings.Lines(areaOf(s.seen())) {
		assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(row, "\n"))), 39)
	}

	assert.NotEqual(t, s.before, s.modes(), "keys come at once")
	s.press("q")
	assert.Zero(t, s.awaitEnd())
	s.awaitModes()
	s.awaitText("devproxy: stopping")
	assert.Empty(t, areaOf(s.seen()), "the area is gone")
	assert.NotContains(t, s.written(), "\x1b[?1049h", "the screen was never taken over")
	assert.NotContains(t, s.written(), "\x1b[?25l", "nor the cursor hidden")
}

func TestLive_each_key_does_what_its_twin_does(t *testing.T) {
	dir := uiExtension(t)
	programs := t.TempDir()
	opened := filepath.Join(programs, "opened")
	require.NoError(t, os.WriteFile(filepath.Join(programs, "xdg-open"), []byte("#!/bin/sh\necho \"$1\" >>"+opened+"\n"), 0o755))
	s := sit(t, dir, 120, 50, []string{"PATH=" + programs + ":" + os.Getenv("PATH"), "RUNNER_BASE_URL=http://127.0.0.1:9"}, "up", "--port", "0", "--emulate", "off")
	s.awaitReady()
	url := originIn.FindString(s.seen())
	hasOpened := func(want string) {
		t.Helper()
		require.EventuallyWithT(t, func(c *assert.CollectT) {
			text, err := os.ReadFile(opened)
			assert.NoError(c, err)
			assert.Contains(c, string(text), want)
		}, startLimit, 20*time.Millisecond)
	}

	s.press("o")
	hasOpened(url + "\n")

	s.press("h")
	s.awaitText("devproxy use BACKEND")
	for _, k := range hotKeys {
		assert.Contains(t, s.seen(), k.twin)
	}

	s.press("c")
	s.await("the area alone", func(seen string) bool {
		return strings.HasPrefix(seen, "───") && strings.Contains(seen, "q quit")
	})

	s.press("r")
	s.awaitText("acme.page: build ")
	s.awaitText(" answers, after ")

	s.press("l")
	s.awaitText("the log is shown from debug on")
	s.press("r")
	s.awaitText("debug acme.page: building")
	s.press("l")
	s.awaitText("the log is shown from info on")

	s.press("d")
	s.awaitText("dashboard: http://")
	address := regexp.MustCompile(`dashboard: (\S+)`).FindStringSubmatch(s.seen())[1]
	hasOpened(address)
	response, err := http.Get(address)
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)

	s.press("q")
	assert.Zero(t, s.awaitEnd())
	s.awaitModes()
}

func TestLive_switches_the_backend_by_a_row_that_asks(t *testing.T) {
	runner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) // healthy, and no more
	defer runner.Close()
	s := sit(t, uiExtension(t), 100, 30, nil, "up", "--port", "0", "--backend", runner.URL)
	s.awaitReady()
	s.awaitArea("embedded up  url up, selected")
	s.press("s")
	s.awaitArea("requests go to:  1 docker  2 embedded  esc none")
	s.press("\x1b")
	s.awaitArea("q quit")
	s.press("s")
	s.awaitArea("2 embedded")
	s.press("2")
	s.awaitText("embedded gets the requests")
	s.awaitArea("embedded up, selected")
	assert.Contains(t, s.other("status", "--json"), `"selected":"embedded"`)
	s.other("use", "url")
	s.awaitArea("url up, selected")
}

func TestLive_never_garbles_what_the_app_prints(t *testing.T) {
	dir := uiExtension(t)
	script := `printf '10%%\r20%%\r30%%'; sleep 1; printf '\r40%%\n\033[2J\033[Hcleared\n\033[31mred\033[0m\n'; printf 'Continue? '; sleep 600`
	s := sit(t, dir, 100, 30, nil, "up", "--port", "0", "--", "sh", "-c", script)
	s.awaitReady()
	s.awaitText("[app] 40%\n[app] cleared\n[app] red\n")
	s.await("the question, right above the area", func(seen string) bool { return strings.Contains(seen, "[app] Continue?\n───") })
	assert.NotContains(t, s.seen(), "[app] 10%")
	s.press("\x03")
	assert.Zero(t, s.awaitEnd())
	s.awaitModes()
	s.awaitText("[app] Continue?")
	assert.Empty(t, areaOf(s.seen()))
}

func TestLive_gives_the_terminal_back_while_it_is_stopped_and_takes_it_again(t *testing.T) {
	s := sit(t, uiExtension(t), 100, 30, nil, "up", "--port", "0")
	s.awaitReady()
	s.press("\x1a")
	s.await("no area", func(seen string) bool { return areaOf(seen) == "" && strings.Contains(seen, "Open http") })
	s.awaitModes()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "stat"))
		assert.NoError(c, err)
		assert.Contains(c, string(stat), ") T ", "it is stopped")
	}, startLimit, 20*time.Millisecond)
	require.NoError(t, syscall.Kill(s.cmd.Process.Pid, syscall.SIGCONT))
	s.awaitArea("q quit")
	s.press("h")
	s.awaitText("devproxy use BACKEND")
	s.press("q")
	assert.Zero(t, s.awaitEnd())
	s.awaitModes()
}

func TestLive_leaves_the_terminal_as_it_was_also_when_it_was_told_to_go_on_and_had_not_stopped(t *testing.T) {
	s := sit(t, uiExtension(t), 100, 30, nil, "up", "--port", "0")
	s.awaitReady()
	require.NoError(t, syscall.Kill(s.cmd.Process.Pid, syscall.SIGCONT))
	s.press("h") // it comes after the signal, which was handled at once
	s.awaitText("devproxy use BACKEND")
	s.press("q")
	assert.Zero(t, s.awaitEnd())
	s.awaitModes()
}

func TestLive_comes_back_with_its_keys_from_the_background_where_it_only_prints(t *testing.T) {
	shell := sitBefore(t, uiExtension(t), 120, 40, []string{"PS1=$ "}, "bash", "--norc", "--noprofile", "-i")
	shell.awaitText("$")
	shell.press(binary(t) + " up --port 0\r")
	shell.awaitReady()
	shell.press("\x1a")
	shell.awaitText("Stopped")
	shell.press("bg\r")
	shell.awaitText("&\n$")
	assert.Empty(t, areaOf(shell.seen()))
	shell.press("fg\r") // bash sends no signal to one that runs
	shell.awaitArea("q quit")
	shell.press("h")
	shell.awaitText("devproxy use BACKEND")
	shell.press("q")
	shell.awaitText("devproxy: stopping")
	shell.await("the shell", func(seen string) bool { return areaOf(seen) == "" && strings.HasSuffix(seen, "$") })
	shell.press("exit\r")
	shell.awaitEnd()
}

func TestLive_a_crash_or_a_kill_leaves_the_terminal_as_it_was(t *testing.T) {
	for name, end := range map[string]syscall.Signal{"a crash": syscall.SIGABRT, "a kill": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			s := sit(t, uiExtension(t), 100, 30, nil, "up", "--port", "0")
			s.awaitReady()
			require.NotEqual(t, s.before, s.modes())
			require.NoError(t, syscall.Kill(s.cmd.Process.Pid, end))
			s.awaitEnd()
			s.awaitModes()
		})
	}
}

func TestLive_without_a_person_only_prints_lines(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		args []string
	}{
		{"on a dumb terminal", []string{"TERM=dumb"}, nil},
		{"in a pipeline", []string{"CI=true"}, nil},
		{"when told so", nil, []string{"--no-live", "--no-color"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := uiExtension(t)
			s := sit(t, dir, 100, 30, c.env, append([]string{"up", "--port", "0"}, c.args...)...)
			s.awaitText("Open http")
			write(t, filepath.Join(dir, "ui/main.ts"), badScript)
			s.awaitText("main.ts:1:23")
			if c.name != "in a pipeline" { // where colours are
				assert.NotContains(t, s.written(), "\x1b")
			}
			assert.Empty(t, areaOf(s.seen()))
			assert.Equal(t, s.before, s.modes())
		})
	}
}

func TestLive_colours_only_where_they_are_wanted(t *testing.T) {
	for _, c := range []struct {
		env  string
		want bool
	}{{"NO_COLOR=1", false}, {"FORCE_COLOR=1", true}} {
		s := sit(t, uiExtension(t), 100, 30, []string{c.env}, "up", "--port", "0")
		s.awaitReady()
		assert.Equal(t, c.want, strings.Contains(s.written(), "\x1b[32mup\x1b[0m"), c.env)
		s.press("q")
		s.awaitEnd()
	}
}

func TestLive_off_a_terminal_has_no_escape_in_its_output(t *testing.T) {
	dir := uiExtension(t)
	cmd := exec.Command(binary(t), "up", "--port", "0", "--log-level", "debug")
	cmd.Dir = dir
	s := startWithin(t, startLimit, cmd)
	write(t, filepath.Join(dir, "ui/main.ts"), badScript)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.Contains(c, s.output.String(), `"level":"debug"`)
		assert.Contains(c, s.output.String(), "main.ts:1:23")
	}, startLimit, 20*time.Millisecond)
	_, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.NotContains(t, s.output.String(), "\x1b")
}
