package source_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// project lays out files by path in a folder.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	}
	return dir
}

const installed = "node_modules/@bytecodealliance/componentize-js/"

func withToolchain(version string, files map[string]string) map[string]string {
	all := map[string]string{
		installed + "package.json":                                 `{"version": "` + version + `"}`,
		installed + "lib/spidermonkey-embedding-splicer.core.wasm": "",
		installed + "lib/starlingmonkey_embedding.wasm":            "",
	}
	for name, content := range files {
		all[name] = content
	}
	return all
}

func TestTheToolchainIsFoundInAFolderAbove(t *testing.T) {
	dir := project(t, withToolchain("0.19.3", map[string]string{"extensions/hello/package.json": "{}"}))
	toolchain, err := source.Find(filepath.Join(dir, "extensions", "hello"))
	require.NoError(t, err)
	assert.Equal(t, "0.19.3", toolchain.Version)
	assert.Equal(t, filepath.Join(dir, filepath.FromSlash(installed)), toolchain.Dir)
}

func TestSourceModeSaysWhyItIsUnavailable(t *testing.T) {
	cases := map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing is installed":   {map[string]string{"package.json": "{}"}, "in no node_modules"},
		"the version is unknown": {withToolchain("0.18.5", nil), "componentize-js 0.18.5 is not one of the tested versions (0.19.3, 0.23.0)"},
		"the package is broken":  {map[string]string{installed + "package.json": `{"version": "0.19.3"}`}, "embedding-splicer.core.wasm"},
		"its file is no JSON":    {map[string]string{installed + "package.json": "<<<<"}, "package.json"},
		"there is no interface":  {withToolchain("0.19.3", nil), "wit cannot be read"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := source.Discover(project(t, c.files))
			assert.Contains(t, requireUnavailable(t, err).Reason, c.want)
		})
	}
}

func TestTheNpmScriptSaysHowTheComponentIsBuilt(t *testing.T) {
	all := source.AllFeatures()
	cases := map[string]struct {
		scripts  string
		wit      string
		world    string
		features []string
	}{
		"as the template does": {
			`{"build": "npm run bundle && jco componentize dist/handler.js --wit wit --world-name runner --disable all --out dist/main.wasm"}`,
			"wit", "runner", []string{},
		},
		"in short": {
			`{"componentize": "npx jco componentize a.js -w interface/x.wit -n world -d http -d fetch-event -o main.wasm"}`,
			"interface/x.wit", "world", []string{"stdio", "random", "clocks"},
		},
		"the plain build wins": {
			`{"build:debug": "jco componentize a.js -w wit -n debug", "componentize": "jco componentize a.js -w wit -n plain --disable all"}`,
			"wit", "plain", []string{},
		},
		"nothing disabled":    {`{"build": "jco componentize a.js --wit wit"}`, "wit", "", all},
		"no such script":      {`{"build": "make"}`, "wit", "", nil},
		"an option with none": {`{"build": "jco componentize a.js --wit"}`, "wit", "", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := project(t, withToolchain("0.23.0", map[string]string{
				"package.json": `{"scripts": ` + c.scripts + `}`, "wit/x.wit": "", "interface/x.wit": "",
			}))
			build, err := source.Discover(dir)
			require.NoError(t, err)
			assert.Equal(t, filepath.Join(dir, filepath.FromSlash(c.wit)), build.WIT)
			assert.Equal(t, c.world, build.World)
			assert.Equal(t, c.features, build.Features)
		})
	}
}
