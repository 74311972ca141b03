package extension

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner"
)

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

func newFolder(t *testing.T) (*Folder, string) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "manifest.json", good)
	write(t, dir, "ui/index.html", "one")
	folder, err := NewFolder(dir)
	require.NoError(t, err)
	return folder, dir
}

// look looks at the folder as it is now: the clock of a bubble moves on when
// everybody sleeps.
func look(f *Folder) State {
	time.Sleep(fresh)
	return f.Look()
}

func TestFolder_hash_names_what_a_bundle_would_hold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, dir := newFolder(t)
		first := look(folder).Extension.Hash
		assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, first)

		write(t, dir, "src/handler.ts", "not in a bundle")
		write(t, dir, "ui/.DS_Store", "nor this")
		write(t, dir, "ui/.git/x", "nor this")
		require.NoError(t, os.Chtimes(filepath.Join(dir, "ui/index.html"), time.Now(), time.Now().Add(time.Hour)))
		require.NoError(t, os.Chmod(filepath.Join(dir, "ui/index.html"), 0o600))
		assert.Equal(t, first, look(folder).Extension.Hash, "times, modes and other files do not matter")

		other, err := NewFolder(dir)
		require.NoError(t, err)
		assert.Equal(t, first, look(other).Extension.Hash)

		for _, change := range []struct{ name, content string }{{"ui/index.html", "two"}, {"ui/a.js", ""}, {"dist/main.wasm", "x"}, {"manifest.json", good + " "}} {
			before := look(folder).Extension.Hash
			write(t, dir, change.name, change.content)
			assert.NotEqual(t, before, look(folder).Extension.Hash, change.name)
		}
		require.NoError(t, os.Rename(filepath.Join(dir, "ui/a.js"), filepath.Join(dir, "ui/b.js")))
		before := folder.Look().Extension.Hash
		assert.NotEqual(t, before, look(folder).Extension.Hash, "names matter")
	})
}

// rewrite changes a file so that neither size nor time tells.
func rewrite(t *testing.T, file, content string, at time.Time) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	require.NoError(t, os.Chtimes(file, at, at))
}

func TestFolder_reads_a_file_again_that_was_written_just_before(t *testing.T) {
	folder, dir := newFolder(t)
	file := filepath.Join(dir, "ui/index.html")
	written := time.Now()
	rewrite(t, file, "one", written)
	before := folder.Look().Extension.Hash
	rewrite(t, file, "eno", written)
	assert.Eventually(t, func() bool { return folder.Look().Extension.Hash != before }, 5*time.Second, 10*time.Millisecond)
}

// opening counts the files that are opened.
type opening struct {
	fs.FS
	files int
}

func (o *opening) Open(name string) (fs.File, error) {
	if info, err := fs.Stat(o.FS, name); err == nil && !info.IsDir() {
		o.files++
	}
	return o.FS.Open(name)
}

func (o *opening) Stat(name string) (fs.FileInfo, error) { return fs.Stat(o.FS, name) }

func (o *opening) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(o.FS, name) }

func TestHasher_reads_no_file_that_has_settled(t *testing.T) {
	_, dir := newFolder(t)
	file, h := filepath.Join(dir, "ui/index.html"), newHasher()
	long := time.Now().Add(-time.Hour)
	rewrite(t, file, "one", long)
	h.now = func() time.Time { return time.Now().Add(time.Hour) } // times can be set back, but not when that was
	opened := &opening{FS: tree(dir)}
	first, err := h.hash(opened)
	require.NoError(t, err)
	assert.NotZero(t, opened.files)
	opened.files = 0
	second, err := h.hash(opened)
	require.NoError(t, err)
	assert.Equal(t, first, second)
	assert.Zero(t, opened.files)
	rewrite(t, file, "eno", long.Add(time.Nanosecond))
	third, err := h.hash(tree(dir))
	require.NoError(t, err)
	assert.NotEqual(t, first, third)
}

func TestClock_a_file_whose_times_are_set_back_is_hashed_again(t *testing.T) {
	_, dir := newFolder(t)
	file, h := filepath.Join(dir, "ui/index.html"), newHasher()
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)} {
		rewrite(t, file, "one", at)
		first, err := h.hash(tree(dir))
		require.NoError(t, err)
		assert.Eventually(t, func() bool {
			rewrite(t, file, "eno", at)
			second, err := h.hash(tree(dir))
			return err == nil && second != first
		}, 10*time.Second, time.Millisecond)
	}
}

func TestFolder_keeps_the_last_good_manifest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, dir := newFolder(t)
		was := look(folder).Extension
		write(t, dir, "manifest.json", "{")
		now := look(folder)
		assert.ErrorContains(t, now.Err, "is not valid JSON")
		assert.Equal(t, was, now.Extension)
		write(t, dir, "manifest.json", good)
		assert.NoError(t, look(folder).Err)
	})
}

func TestFolder_that_is_deleted_and_made_again_goes_on(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, dir := newFolder(t)
		look(folder)
		require.NoError(t, os.RemoveAll(dir))
		assert.ErrorContains(t, look(folder).Err, "is not a folder; name the folder that holds the extension's manifest.json")
		write(t, dir, "manifest.json", good)
		write(t, dir, "ui/index.html", "again")
		assert.NoError(t, look(folder).Err)
		text, err := fs.ReadFile(folder.Files(), "ui/index.html")
		assert.NoError(t, err)
		assert.Equal(t, "again", string(text))
	})
}

func TestFolder_without_a_manifest_says_what_belongs_there(t *testing.T) {
	folder, err := NewFolder(t.TempDir())
	require.NoError(t, err)
	state := folder.Look()
	assert.Nil(t, state.Extension)
	assert.ErrorContains(t, state.Err, "manifest.json: does not exist; an extension folder holds manifest.json, ui/ and dist/main.wasm")
}

func TestFolder_never_follows_a_link_out_of_itself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, dir := newFolder(t)
		secret := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(secret, []byte("outside"), 0o600))
		require.NoError(t, os.Symlink(secret, filepath.Join(dir, "ui", "leak.txt")))
		require.NoError(t, os.Symlink("index.html", filepath.Join(dir, "ui", "inside.html")))
		assert.NoError(t, look(folder).Err)
		_, err := fs.ReadFile(folder.Files(), "ui/leak.txt")
		assert.Error(t, err)
		text, err := fs.ReadFile(folder.Files(), "ui/inside.html")
		assert.NoError(t, err)
		assert.Equal(t, "one", string(text))
	})
}

func TestFolder_hash_sees_into_folders_that_are_linked_in(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, dir := newFolder(t)
		write(t, dir, "shared/a.js", "one")
		require.NoError(t, os.Symlink("../shared", filepath.Join(dir, "ui", "shared")))
		before := look(folder).Extension.Hash
		write(t, dir, "shared/a.js", "two")
		assert.NotEqual(t, before, look(folder).Extension.Hash)

		require.NoError(t, os.Symlink(".", filepath.Join(dir, "ui", "itself")))
		assert.ErrorContains(t, look(folder).Err, "too many levels of symbolic links")
	})
}

func TestFolder_opens_under_todays_hash_and_those_of_a_moment_ago(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, dir := newFolder(t)
		yesterday := look(folder).Extension.Hash
		write(t, dir, "ui/index.html", "two")
		today := look(folder).Extension.Hash
		for _, hash := range []string{yesterday, today} {
			bundle, err := folder.Open(t.Context(), runner.Ref{Extension: "acme.hello", Hash: hash})
			require.NoError(t, err)
			assert.True(t, bundle.Live)
			assert.Equal(t, today, bundle.Hash)
		}
		for _, ref := range []runner.Ref{{Extension: "acme.hello", Hash: "sha256:" + strings.Repeat("0", 64)}, {Extension: "acme.other", Hash: today}} {
			_, err := folder.Open(t.Context(), ref)
			assert.ErrorIs(t, err, runner.ErrNotInstalled)
		}
	})
}
