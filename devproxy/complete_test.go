package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// completed is what a shell would offer after those words.
func completed(t *testing.T, words ...string) []string {
	t.Helper()
	code, out, errs := inFolder(t, nil, append([]string{"__complete"}, words...)...)
	require.Zero(t, code, errs)
	return offered(out)
}

// offered leaves out the last line, which tells the shell what to do, and
// descriptions.
func offered(out string) (words []string) {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, line := range lines[:len(lines)-1] {
		word, _, _ := strings.Cut(line, "\t")
		words = append(words, word)
	}
	return words
}

func TestCompletion_offers_the_words_that_flags_take(t *testing.T) {
	assert.Equal(t, []string{"docker", "embedded", "knative"}, completed(t, "up", "--backend", ""))
	assert.Equal(t, []string{"docker", "embedded", "knative"}, completed(t, "use", ""))
	assert.Equal(t, []string{"on", "poll", "off"}, completed(t, "up", "--watch", ""))
	assert.Equal(t, []string{"hot", "full", "off"}, completed(t, "up", "--live-reload", ""))
	assert.Equal(t, []string{"ui", "ts-handler"}, completed(t, "init", "--template", ""))
	assert.Equal(t, []string{"runtime", "build"}, completed(t, "logs", "--source", ""))
	assert.Equal(t, []string{"yml", "yaml", "json"}, completed(t, "up", "--file", ""), "as file name endings")
	assert.Contains(t, completed(t, "do"), "doctor")
}

func TestCompletion_offers_the_services_of_a_compose_file(t *testing.T) {
	dockerEngine(t)
	file := map[string]string{"compose.yml": "services:\n  extension-runner:\n    image: x\n  db:\n    image: y\n"}
	for _, verb := range []string{"exec", "logs"} {
		code, out, errs := inFolder(t, file, "__complete", verb, "--file", "compose.yml", "")
		require.Zero(t, code, errs)
		assert.ElementsMatch(t, []string{"db", "extension-runner"}, offered(out), verb)
	}
	_, out, _ := inFolder(t, file, "__complete", "logs", "--file", "compose.yml", "db", "")
	assert.Equal(t, []string{"extension-runner"}, offered(out), "a service is named once")
}

func TestCompletion_offers_the_extensions_that_run(t *testing.T) {
	s := startUp(t, "--extension", uiOnly(t))
	out, err := s.command(t, "__complete", "build", "").Output()
	require.NoError(t, err)
	assert.Equal(t, []string{"acme.plain"}, offered(string(out)))
}

func TestCompletion_scripts_are_what_the_shells_take(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, script, errs := inFolder(t, nil, "completion", shell)
		require.Zero(t, code, errs)
		assert.Contains(t, script, "devproxy")
		if _, err := exec.LookPath(shell); err == nil {
			cmd := exec.CommandContext(t.Context(), shell, "-n")
			cmd.Stdin = strings.NewReader(script)
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s: %s", shell, out)
		}
	}
}

func TestHelp_has_an_example_for_every_command(t *testing.T) {
	root := newRoot()
	for _, cmd := range root.Commands() {
		assert.Contains(t, cmd.Example, "devproxy "+cmd.Name(), cmd.Name())
		assert.NotEmpty(t, cmd.Short, cmd.Name())
	}
	require.Greater(t, len(root.Commands()), 15)
}

func TestHelp_names_what_was_meant_for_every_command_and_flag(t *testing.T) {
	for _, cmd := range newRoot().Commands() {
		name := cmd.Name()
		code, _, errs := inFolder(t, nil, name[:len(name)-1]+"x"+name[len(name)-1:])
		assert.Equal(t, exitUsage, code)
		assert.Contains(t, errs, "did you mean 'devproxy "+name+"'?")
	}
	code, _, errs := inFolder(t, nil, "doctor", "--dry-rn")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errs, "did you mean --dry-run?")
}

func TestColours_follow_the_flag_and_the_environment(t *testing.T) {
	for _, c := range []struct {
		name, force, refuse string
		args                []string
		want                bool
	}{
		{"no terminal", "", "", nil, false},
		{"FORCE_COLOR", "1", "", nil, true},
		{"NO_COLOR is stronger", "1", "1", nil, false},
		{"so is --no-color", "1", "", []string{"--no-color"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("FORCE_COLOR", c.force)
			t.Setenv("NO_COLOR", c.refuse)
			_, out, _ := inFolder(t, nil, append([]string{"doctor", "--port", "0"}, c.args...)...)
			assert.Equal(t, c.want, strings.Contains(out, "\x1b["), out)
		})
	}
}
