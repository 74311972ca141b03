package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cli/browser"
)

func TestOpenBrowser_shows_what_the_opener_prints_only_when_it_fails(t *testing.T) {
	programs := t.TempDir()
	t.Setenv("PATH", programs+":/usr/bin:/bin")
	t.Setenv("TMPDIR", t.TempDir())
	terminal, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
	require.NoError(t, err)
	defer terminal.Close()
	browser.Stdout, browser.Stderr = terminal, terminal
	opener := func(end string) {
		require.NoError(t, os.WriteFile(filepath.Join(programs, "xdg-open"), []byte("#!/bin/sh\necho noise\necho more noise >&2\nexit "+end+"\n"), 0o755))
	}
	var out bytes.Buffer
	opener("0")
	openBrowser(&out, "http://localhost:1")
	assert.Empty(t, out.String())

	opener("3")
	openBrowser(&out, "http://localhost:1")
	assert.Equal(t, "devproxy: browser_not_opened: exit status 3: noise more noise\n  fix: open http://localhost:1 yourself\n", out.String())

	printed, err := os.ReadFile(terminal.Name())
	require.NoError(t, err)
	assert.Empty(t, string(printed), "the terminal is the user's")
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	assert.Empty(t, left)
}
