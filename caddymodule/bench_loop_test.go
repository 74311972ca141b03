// bench_loop_test.go contains the benchmarks of the change loop: how long a
// save takes to be what the browser holds. Whatever is compared takes turns
// in one run, since only ratios hold from one machine to another.

package caddymodule

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/require"
)

// Goals of the loop, for medians.
const (
	staticGoal  = 10 * time.Millisecond
	handlerGoal = 100 * time.Millisecond
	bundleShare = 1.3 // of esbuild's own rebuild, and
	bundleGrace = 5 * time.Millisecond
)

// BenchmarkSave_of_a_static_file measures from the write to the new bytes in
// the browser's hands: a stylesheet that is swapped, and a page that is loaded
// again. The floor is fsnotify and a file server in one process, without any
// of the checks; the peer is Vite, where npm can install it.
func BenchmarkSave_of_a_static_file(b *testing.B) {
	for _, name := range []string{"style.css", "index.html"} {
		b.Run("file="+name, func(b *testing.B) {
			dir := staticFolder(b)
			ours := openPage(b, serve(b, "extension "+dir, "runner"))
			contestants := []*contestant{
				{name: "devproxy", save: ours.saver(filepath.Join(dir, "ui", name), "/"+name)},
				{name: "floor", save: newFloor(b, filepath.Join(staticFolder(b), "ui")).saver(name)},
			}
			if vite := startVite(b, filepath.Join(staticFolder(b), "ui")); vite != nil {
				contestants = append(contestants, &contestant{name: "vite", save: vite.saver(name)})
			}
			race(b, contestants)
			ours.report(b)
			reach(b, contestants[0], staticGoal)
		})
	}
}

// BenchmarkSave_of_a_bundled_module compares a save of one of 200 modules,
// until the browser has the new bundle, with the rebuild alone in esbuild.
func BenchmarkSave_of_a_bundled_module(b *testing.B) {
	dir, other := bundledFolder(b), bundledFolder(b)
	part := filepath.Join("ui", "parts", "part7.tsx")
	ours := openPage(b, serve(b, "extension "+dir, "runner"))
	devproxy := &contestant{name: "devproxy", save: ours.saver(filepath.Join(dir, part), "/main.js")}
	bare := &contestant{name: "esbuild", save: bareRebuild(b, other, filepath.Join(other, part))}
	race(b, []*contestant{devproxy, bare})
	ours.report(b)
	reach(b, devproxy, time.Duration(bundleShare*float64(bare.at(50)))+bundleGrace)
}

// BenchmarkSave_of_a_handler measures until the gateway gives the new answer,
// of a handler that runs from its source.
func BenchmarkSave_of_a_handler(b *testing.B) {
	dir := handlerFolder(b)
	ours := openPage(b, serve(b, "extension "+dir, "runner"))
	ours.waitForSource()
	devproxy := &contestant{name: "devproxy", save: ours.callSaver(filepath.Join(dir, "src", "handler.ts"))}
	race(b, []*contestant{devproxy})
	ours.report(b)
	reach(b, devproxy, handlerGoal)
}

// bareRebuild has esbuild do what devproxy has it do, and nothing else.
func bareRebuild(b *testing.B, dir, part string) func(string) time.Duration {
	bundle, failure := api.Context(api.BuildOptions{
		AbsWorkingDir: dir, EntryPoints: []string{"./ui/main.tsx"}, Outdir: filepath.Join(dir, "ui"), Bundle: true,
		Format: api.FormatESModule, Splitting: true, Target: api.ES2022, JSX: api.JSXAutomatic, Sourcemap: api.SourceMapLinked,
		Define: map[string]string{"process.env.NODE_ENV": `"development"`}, LogLevel: api.LogLevelSilent,
	})
	require.Nil(b, failure)
	b.Cleanup(bundle.Dispose)
	require.Empty(b, bundle.Rebuild().Errors)
	text := contentOf(b, part)
	return func(mark string) time.Duration {
		began := time.Now()
		overwrite(b, part, marked(part, text, mark))
		built := bundle.Rebuild()
		took := time.Since(began)
		require.True(b, bytes.Contains(built.OutputFiles[1].Contents, []byte(mark)))
		return took
	}
}

// marked is text with a mark that can be found in what becomes of it.
func marked(name string, text []byte, mark string) []byte {
	switch filepath.Ext(name) {
	case ".css":
		return fmt.Appendf(bytes.Clone(text), "\n.%s { top: 0 }\n", mark)
	case ".html":
		return fmt.Appendf(bytes.Clone(text), "\n<i>%s</i>\n", mark)
	default:
		return fmt.Appendf(bytes.Clone(text), "\nconsole.log(%q);\n", mark)
	}
}

func contentOf(b testing.TB, path string) []byte {
	b.Helper()
	text, err := os.ReadFile(path)
	require.NoError(b, err)
	return text
}

// overwrite saves as most editors do, in place.
func overwrite(b testing.TB, path string, text []byte) {
	b.Helper()
	require.NoError(b, os.WriteFile(path, text, 0o644))
}
