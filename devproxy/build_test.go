package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule"
)

// typed is an extension whose UI is bundled from TypeScript.
func typed(t *testing.T) string {
	t.Helper()
	dir := uiOnly(t)
	writeFile(t, filepath.Join(dir, "ui", "index.html"), `<script type="module" src="main.ts"></script>`)
	writeFile(t, filepath.Join(dir, "ui", "main.ts"), "document.title = 'one'\n")
	return dir
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
}

func TestBuild_without_a_running_devproxy_builds_once(t *testing.T) {
	dir := typed(t)
	code, stdout, stderr := inFolder(t, nil, "build", dir)
	assert.Zero(t, code, stderr)
	assert.Regexp(t, `^acme\.plain: build [0-9a-f]{12} is good, after \d`, stdout)

	writeFile(t, filepath.Join(dir, "ui", "main.ts"), "let a = 1;\nlet broken = ;\n")
	code, stdout, stderr = inFolder(t, nil, "build", dir)
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, stdout, "not built")
	assert.Regexp(t, `main\.ts:2:14: error: .+ \[build_failed\]\n    1 \| let a = 1;\n  > 2 \|`, stderr)
	assert.Contains(t, stderr, "devproxy: build_failed:")

	writeFile(t, filepath.Join(dir, "manifest.json"), `{"name":`)
	code, _, stderr = inFolder(t, nil, "build", dir)
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, stderr, "manifest.json:1:9: error: is not valid JSON: the file ends too early")
	assert.Contains(t, stderr, "[manifest_invalid]")
}

func TestBuild_writes_a_bundle_that_has_the_hash_it_is_named_by(t *testing.T) {
	dir := typed(t)
	writeFile(t, filepath.Join(dir, "ui", "notes.txt"), "no runner serves this")
	out := filepath.Join(t.TempDir(), "bundle.tar.zst")
	code, stdout, stderr := inFolder(t, nil, "build", dir, "--out", out, "--json")
	require.Zero(t, code, stderr)
	var answer caddymodule.BuildAnswer
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	require.Len(t, answer.Builds, 1)
	assert.Equal(t, "asset_type_refused", answer.Builds[0].Warnings[0].Code)
	content, err := os.ReadFile(out)
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	assert.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), answer.Builds[0].Hash)

	writeFile(t, filepath.Join(dir, "ui", "main.ts"), "let a = ")
	code, _, _ = inFolder(t, nil, "build", dir, "--out", out)
	assert.Equal(t, exitFailure, code)
	after, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.Equal(t, content, after, "the one before is left")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(out), ".*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestBuild_says_what_it_cannot_find(t *testing.T) {
	for _, args := range [][]string{{"build"}, {"build", "acme.nobody"}, {"build", "--out", "x"}} {
		code, _, stderr := inFolder(t, nil, args...)
		assert.Equal(t, exitUsage, code, stderr)
		assert.Contains(t, stderr, "extension_not_found")
	}
	two := "{\n\trunner {\n\t\textension " + typed(t) + " " + uiOnly(t) + "\n\t}\n}\n:0 {\n\trunner\n}"
	code, _, stderr := inFolder(t, map[string]string{"Caddyfile": two}, "build", "--out", "x")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, stderr, "conflicting_flags")
}

func TestBuild_of_a_running_devproxy_is_served_by_it(t *testing.T) {
	dir := typed(t)
	s := startUp(t, "--watch", "off", "--extension", dir)
	writeFile(t, filepath.Join(dir, "ui", "main.ts"), "document.title = 'two'\n")
	for _, name := range []string{"acme.plain", dir} {
		out, err := s.command(t, "build", name).Output()
		require.NoError(t, err)
		assert.Regexp(t, `^acme\.plain: build [0-9a-f]{12} answers, after`, string(out))
	}
	status, err := s.command(t, "build", "--json").Output()
	require.NoError(t, err)
	var answer caddymodule.BuildAnswer
	require.NoError(t, json.Unmarshal(status, &answer))
	_, page := fetch(t, s.url+"/runner/ext-ui/acme.plain/"+answer.Builds[0].Hash+"/main.js")
	assert.Contains(t, page, "two")

	writeFile(t, filepath.Join(dir, "ui", "main.ts"), "let a = ")
	out, err := s.command(t, "build").CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitFailure, exit.ExitCode())
	assert.Contains(t, string(out), "ui/main.ts:1:9: error:")
	assert.Contains(t, string(out), "build "+answer.Builds[0].Build+" goes on")

	out, err = s.command(t, "build", "acme.nobody").CombinedOutput()
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitUsage, exit.ExitCode())
	assert.Contains(t, string(out), "extension_not_found")
	other, err := s.command(t, "build", uiOnly(t)).Output()
	require.NoError(t, err)
	assert.Contains(t, string(other), "is good", "a folder that it does not know is built without it")
}
