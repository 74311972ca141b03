package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUp_without_packages_names_one_remedy(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"manifest.json", "package.json", "package-lock.json", "src/handler.ts", "ui/index.html"} {
		text, err := os.ReadFile(filepath.Join(helloDir, file))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), text, 0o600))
	}
	cmd := exec.Command(binary(t), "up", "--port", "0")
	cmd.Dir = dir
	s := startWithin(t, startLimit, cmd)
	out := s.output.String()
	assert.Contains(t, out, "handler missing: its npm packages are not installed, so it cannot be built; run `npm ci` in "+dir)
	assert.NotContains(t, out, "npm run build")
}

func TestUp_without_an_extension_says_how_to_get_one(t *testing.T) {
	s := startUp(t)
	assert.Contains(t, s.output.String(), "none; 'devproxy init DIR' writes one, 'devproxy up --extension DIR' loads it")
	tab := openTab(t)
	do(t, tab, chromedp.Navigate(s.url))
	waitFor(t, tab, `document.querySelector("#stage h1")?.textContent === "No extension yet"`)
	assert.Equal(t, "devproxy init DIR|devproxy up --extension DIR", evaluate[string](t, tab, `[...document.querySelectorAll("#stage .command")].map(c => c.textContent).join("|")`))
}

func TestUp_with_a_broken_manifest_does_not_say_that_there_is_no_extension(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{"), 0o600))
	s := startUp(t, "--extension", dir)
	tab := openTab(t)
	do(t, tab, chromedp.Navigate(s.url))
	waitFor(t, tab, `document.querySelector("#stage h1")?.textContent === "The extension cannot be loaded"`)
	assert.Contains(t, evaluate[string](t, tab, `document.querySelector("#problems").textContent`), "manifest_invalid")
}
