//go:build unix

package livereload

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOpener_tells_each_editor_the_place_in_its_own_way(t *testing.T) {
	cases := map[string]struct {
		line, column int
		want         string
	}{
		"code":               {3, 7, "-g F:3:7"},
		"cursor":             {3, 0, "-g F:3:1"},
		"zed":                {3, 7, "F:3:7"},
		"idea64.exe":         {3, 7, "--line 3 --column 7 F"},
		"gvim":               {3, 7, "+call cursor(3,7) F"},
		"emacsclient -n":     {3, 7, "-n +3:7 F"},
		"mate":               {3, 7, "-l 3:7 F"},
		"geany":              {3, 7, "+3 F"},
		"notepad++":          {3, 7, "-n3 -c7 F"},
		"code --wait 'a  b'": {0, 0, "--wait a  b F"},
		"my-editor --tab":    {3, 7, "--tab F"},
	}
	for command, c := range cases {
		t.Run(command, func(t *testing.T) {
			said := editorOnPath(t, strings.Fields(command)[0], `printf "%s\n" "$*" >"$SAID"`)
			open, err := NewOpener(command)
			require.NoError(t, err)
			require.NoError(t, open(t.Context(), "F", c.line, c.column))
			assert.Equal(t, c.want+"\n", said())
		})
	}
}

func TestOpener_takes_a_path_with_spaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my editor")
	program(t, path, "true")
	open, err := NewOpener(path)
	require.NoError(t, err)
	assert.NoError(t, open(t.Context(), "F", 1, 1))
}

func TestOpener_says_why_an_editor_does_not_start(t *testing.T) {
	editorOnPath(t, "broken", "echo first; echo 'no display' >&2; exit 3")
	open, err := NewOpener("broken")
	require.NoError(t, err)
	err = open(t.Context(), "F", 1, 1)
	assert.ErrorContains(t, err, "starting the editor")
	assert.ErrorContains(t, err, "exit status 3: no display")
}

func TestNewOpener_refuses_what_a_browser_cannot_open(t *testing.T) {
	for command, want := range map[string]string{
		"":                  "no editor is known",
		"  ":                "no editor is known",
		"/usr/bin/vim -g":   "vim runs in a terminal",
		"emacs -nw":         "emacs runs in a terminal",
		"no-such-editor-17": "name another one by --editor",
		"code 'a":           "its quotes do not match",
	} {
		_, err := NewOpener(command)
		assert.ErrorContains(t, err, want, command)
	}
}

func TestEditorCommand_prefers_the_flag(t *testing.T) {
	env := func(values map[string]string) func(string) string {
		return func(name string) string { return values[name] }
	}
	both := map[string]string{"VISUAL": "zed", "EDITOR": "vim"}
	assert.Equal(t, "code", EditorCommand("code", env(both)))
	assert.Equal(t, "zed", EditorCommand("", env(both)))
	assert.Equal(t, "vim", EditorCommand(" ", env(map[string]string{"EDITOR": "vim"})))
	assert.Empty(t, EditorCommand("", env(nil)))
}

// editorOnPath makes a program that does what script says; the returned
// function gives what it printed.
func editorOnPath(t *testing.T, name, script string) (said func() string) {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	program(t, filepath.Join(dir, name), script)
	t.Setenv("SAID", out)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() string {
		content, err := os.ReadFile(out)
		require.NoError(t, err)
		return string(content)
	}
}

func program(t *testing.T, path, script string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755))
}
