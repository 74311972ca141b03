package source_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// bundled gives the bundle of files, whose entry is src/handler.ts, and its
// source map.
func bundled(t *testing.T, files map[string]string) (js, sourceMap []byte) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(project(t, files))
	require.NoError(t, err)
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: dir, EntryPoints: []string{"src/handler.ts"}, Outfile: "dist/handler.js",
		Bundle: true, Format: api.FormatESModule, Sourcemap: api.SourceMapExternal, External: []string{"alga:*", "node:*"},
	})
	require.Empty(t, result.Errors)
	require.Len(t, result.OutputFiles, 2)
	return result.OutputFiles[1].Contents, result.OutputFiles[0].Contents
}

func TestAPlaceInTheBundleLeadsToItsSource(t *testing.T) {
	js, sourceMap := bundled(t, map[string]string{
		"src/handler.ts": "import { fail } from './fail';\nexport const handler = (): number => fail();\n",
		"src/fail.ts":    "type Nothing = never;\nexport function fail(): Nothing {\n  throw new Error('here');\n}\n",
	})
	require.Contains(t, string(js), "// src/fail.ts\nfunction fail() {\n  throw new Error(\"here\");")

	p, known := source.MapPosition(sourceMap, 3, 9)
	require.True(t, known)
	assert.Equal(t, source.Position{File: "../src/fail.ts", Line: 3, Column: 9}, p)

	mapped := source.MapStack(sourceMap, "handler.js", "uncaught exception: here\nStack:\n  fail@handler.js:3:9\n  at@/initializer.js:3:9\n  x@handler.js:999:1")
	assert.Equal(t, "uncaught exception: here\nStack:\n  fail@../src/fail.ts:3:9\n  at@/initializer.js:3:9\n  x@handler.js:999:1", mapped)
}

func TestWithoutASourceMapPlacesStay(t *testing.T) {
	for _, sourceMap := range []string{"", "{}", "no json", `{"version": 3, "sources": [], "mappings": ""}`} {
		_, known := source.MapPosition([]byte(sourceMap), 1, 1)
		assert.False(t, known, sourceMap)
		assert.Equal(t, "a@handler.js:1:1", source.MapStack([]byte(sourceMap), "handler.js", "a@handler.js:1:1"), sourceMap)
	}
}

func TestWarningsNameTheSource(t *testing.T) {
	js, sourceMap := bundled(t, map[string]string{
		"src/handler.ts": "import { later } from './later';\nexport const handler = (): number => later(1);\n",
		"src/later.ts":   "export function later(n: number): number {\n  return setTimeout(() => n, n) as any;\n}\n",
	})
	warnings := source.Warnings(js, sourceMap, nil)
	require.Len(t, warnings, 1)
	assert.Equal(t, source.Position{File: "../src/later.ts", Line: 2, Column: 10}, warnings[0].Position)
}

func TestTheExampleHasNoWarnings(t *testing.T) {
	entry := filepath.Join("..", "..", "..", "..", "examples", "hello", "src", "handler.ts")
	_, err := os.Stat(entry)
	require.NoError(t, err)
	result := api.Build(api.BuildOptions{EntryPoints: []string{entry}, Bundle: true, Format: api.FormatESModule, External: []string{"alga:*"}})
	require.Empty(t, result.Errors)
	assert.Empty(t, source.Warnings(result.OutputFiles[0].Contents, nil, nil))
}
