package loop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
)

// built is an extension whose command copies its source into dist/main.wasm and
// counts how often; each call begins a loop of it anew, as a process does.
func built(t *testing.T) (begin func() *fixture, dir string) {
	dir, cache := t.TempDir(), t.TempDir()
	begin = func() *fixture {
		f := start(t, nil, func(f *fixture, o *Options) {
			f.dir, o.CacheDir, o.Source = dir, cache, SourceOff
			o.Build = build.Overrides{Handler: "mkdir -p dist; echo x >> builds; cp src/handler.ts dist/main.wasm; [ ! -e fails ]"}
		})
		_, err := f.loop.Settled(t.Context())
		require.NoError(t, err)
		f.loop.Close()
		return f
	}
	f := &fixture{t: t, dir: dir}
	for name, content := range map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a = 1", ".gitignore": "builds\nfails\n"} {
		f.write(name, content)
	}
	return begin, dir
}

func TestArtefact_of_other_content_with_an_old_time_is_made_anew(t *testing.T) {
	begin, dir := built(t)
	f := begin()
	assert.Equal(t, "export const a = 1", f.reads("dist/main.wasm"))
	begin()
	assert.Equal(t, 1, strings.Count(f.reads("builds"), "x"), "its result is there")

	// as cp -p, tar, rsync -t and mv of a backup leave it
	f.write("src/handler.ts", "export const a = 0")
	old := time.Now().Add(-24 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "src/handler.ts"), old, old))
	begin()
	assert.Equal(t, "export const a = 0", f.reads("dist/main.wasm"))
	assert.Equal(t, 2, strings.Count(f.reads("builds"), "x"))
}

func TestArtefact_of_the_same_content_with_a_new_time_is_left_alone(t *testing.T) {
	begin, dir := built(t)
	f := begin()
	// as switching to another branch and back leaves it
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "src/handler.ts"), later, later))
	begin()
	assert.Equal(t, 1, strings.Count(f.reads("builds"), "x"))
}

func TestArtefact_that_somebody_else_made_goes_by_times_until_it_is_known(t *testing.T) {
	begin, dir := built(t)
	f := &fixture{t: t, dir: dir}
	f.write("dist/main.wasm", "made elsewhere")
	begin()
	assert.Equal(t, "made elsewhere", f.reads("dist/main.wasm"), "it is the newest")
	f.write("src/handler.ts", "export const a = 0")
	old := time.Now().Add(-24 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "src/handler.ts"), old, old))
	begin()
	assert.Equal(t, "export const a = 0", f.reads("dist/main.wasm"))
}
