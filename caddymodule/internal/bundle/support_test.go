package bundle

import (
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/filetime"
)

// unavailable skips the test because this machine lacks something. Where
// everything is supposed to be there, under CI=true, that is a failure.
func unavailable(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI=true allows no skip, but %s", reason)
	}
	t.Skip(reason)
}

// project is an extension's folder on disk.
type project string

func newProject(t *testing.T) project {
	t.Helper()
	p := project(t.TempDir())
	p.write(t, "manifest.json", `{"name":"hello"}`)
	p.write(t, "dist/main.wasm", "\x00asm")
	p.write(t, "ui/index.html", "<title>hello</title>")
	p.write(t, "ui/css/main.css", "body{}")
	return p
}

func (p project) path(name string) string { return filepath.Join(string(p), filepath.FromSlash(name)) }

func (p project) write(t testing.TB, name, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(p.path(name)), 0o755))
	require.NoError(t, os.WriteFile(p.path(name), []byte(content), 0o644))
}

// age makes the file look as if it was written long ago.
func (p project) age(t testing.TB, name string, ago time.Duration) {
	t.Helper()
	at := time.Now().Add(-ago).Truncate(time.Second).Add(time.Millisecond) // not on a coarse clock's step
	require.NoError(t, os.Chtimes(p.path(name), at, at))
	require.Eventually(t, func() bool { // that itself is a change
		info, err := os.Stat(p.path(name))
		return err == nil && filetime.Settled(info, time.Now(), settled)
	}, time.Minute, time.Millisecond)
}

func (p project) files(t testing.TB) fs.FS {
	t.Helper()
	root, err := os.OpenRoot(string(p))
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	return root.FS()
}

func (p project) make(t testing.TB, m *Maker, options ...Option) *Bundle {
	t.Helper()
	return build(t, m, p.files(t), options...)
}

func build(t testing.TB, m *Maker, src fs.FS, options ...Option) *Bundle {
	t.Helper()
	b, err := m.Make(t.Context(), src, options...)
	require.NoError(t, err)
	return b
}

// cause differs from bundle to bundle.
func cause(at time.Time) Cause {
	return Cause{Saved: []string{"src/a.ts"}, Changed: []string{"ui/" + at.Format("5") + ".html"}, Took: time.Duration(at.Second()) * time.Millisecond}
}

// add makes b current, for the next process too.
func add(h *History, b *Bundle, at time.Time) (Entry, error) {
	entry := h.Add(b, at, cause(at))
	return entry, h.Save()
}

// contents reads every file of the bundle.
func contents(t testing.TB, files fs.FS) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		found[name] = string(data)
		return err
	}))
	return found
}

func archiveOf(t testing.TB, b *Bundle) []byte {
	t.Helper()
	archive, err := b.Archive()
	require.NoError(t, err)
	defer archive.Close()
	data, err := io.ReadAll(archive)
	require.NoError(t, err)
	return data
}

// noise is content that does not compress, of n bytes.
func noise(seed uint64, n int) []byte {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})
	_, _ = source.Read(data)
	return data
}

func memoryFiles(files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{}
	for name, content := range files {
		tree[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return tree
}

// onDisk lists the blobs of a cache folder.
func onDisk(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "objects"))
	require.NoError(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
