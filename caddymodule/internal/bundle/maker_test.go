package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBundle_holds_what_belongs_to_it_and_nothing_else(t *testing.T) {
	p := newProject(t)
	p.write(t, "dist/handler.js", "export {}")
	p.write(t, "dist/other.wasm", "x")
	p.write(t, "src/main.ts", "x")
	p.write(t, "ui/.env", "SECRET=1")
	p.write(t, "ui/.cache/x.js", "x")
	want := map[string]string{
		"manifest.json": `{"name":"hello"}`, "dist/main.wasm": "\x00asm",
		"ui/index.html": "<title>hello</title>", "ui/css/main.css": "body{}",
	}
	assert.Equal(t, want, contents(t, p.make(t, NewMaker("")).Files()))
	want["dist/handler.js"] = "export {}"
	assert.Equal(t, want, contents(t, p.make(t, NewMaker(""), WithSource()).Files()))
}

func TestBundle_is_named_by_the_hash_of_its_archive(t *testing.T) {
	b := newProject(t).make(t, NewMaker(""))
	data := archiveOf(t, b)
	assert.Equal(t, fmt.Sprintf("sha256:%x", sha256.Sum256(data)), b.Hash)
	assert.Equal(t, b.Hash[len("sha256:"):][:12], b.Build())
	assert.EqualValues(t, len(data), b.Size())
	digest, ok := b.Digest("ui/css/main.css")
	assert.True(t, ok)
	assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte("body{}"))), digest)
	_, ok = b.Digest("ui")
	assert.False(t, ok)
}

func TestBundle_of_the_same_content_is_the_same_whatever_order_times_and_modes(t *testing.T) {
	large := string(noise(1, 2<<20))
	names := []string{"manifest.json", "dist/main.wasm", "ui/index.html", "ui/a.png", "ui/b/c.css", "ui/b.js"}
	hash := ""
	for round := range 3 {
		p := project(t.TempDir())
		for i := range names {
			name := names[(i+round)%len(names)]
			p.write(t, name, name)
			p.age(t, name, time.Duration(i)*time.Hour)
			require.NoError(t, os.Chmod(p.path(name), fs.FileMode(0o600+round)))
		}
		p.write(t, "dist/main.wasm", large)
		b := p.make(t, NewMaker([]string{"", t.TempDir(), ""}[round]))
		if hash == "" {
			hash = b.Hash
		}
		assert.Equal(t, hash, b.Hash)
	}
}

func TestBundle_files_are_a_file_system(t *testing.T) {
	files := newProject(t).make(t, NewMaker("")).Files()
	require.NoError(t, fstest.TestFS(files, "manifest.json", "dist/main.wasm", "ui/index.html", "ui/css/main.css"))
}

func TestBundle_files_can_be_sought_in_memory_and_on_disk(t *testing.T) {
	p := newProject(t)
	p.write(t, "dist/main.wasm", string(noise(2, 2<<20)))
	for _, dir := range []string{"", t.TempDir()} {
		file, err := p.make(t, NewMaker(dir)).Files().Open("dist/main.wasm")
		require.NoError(t, err)
		defer file.Close()
		_, err = file.(io.Seeker).Seek(-3, io.SeekEnd)
		require.NoError(t, err)
		rest, err := io.ReadAll(file)
		require.NoError(t, err)
		assert.Equal(t, noise(2, 2<<20)[2<<20-3:], rest)
	}
}

func TestBundle_says_what_changed(t *testing.T) {
	p, m := newProject(t), NewMaker("")
	first := p.make(t, m)
	assert.Equal(t, []string{"dist/main.wasm", "manifest.json", "ui/css/main.css", "ui/index.html"}, first.Changed(nil))
	assert.Empty(t, p.make(t, m).Changed(first))
	p.write(t, "ui/new.js", "1")
	p.write(t, "ui/index.html", "<title>other</title>")
	require.NoError(t, os.Remove(p.path("ui/css/main.css")))
	assert.Equal(t, []string{"ui/css/main.css", "ui/index.html", "ui/new.js"}, p.make(t, m).Changed(first))
	assert.Equal(t, "body{}", contents(t, first.Files())["ui/css/main.css"], "a bundle stays as it was")
}

func TestMaker_does_not_read_files_that_size_and_time_vouch_for(t *testing.T) {
	p, m := newProject(t), NewMaker("")
	p.age(t, "ui/css/main.css", time.Hour)
	old, err := os.Stat(p.path("ui/css/main.css"))
	require.NoError(t, err)
	counted := &opening{FS: p.files(t), name: "ui/css/main.css"}
	first := build(t, m, counted)
	assert.Equal(t, 1, counted.times)
	assert.Equal(t, first.Hash, build(t, m, counted).Hash)
	assert.Equal(t, 1, counted.times, "it is not read again")

	t.Run("unless another file was moved there", func(t *testing.T) {
		p.write(t, "ui/css/moved.css", "BODY{}")
		require.NoError(t, os.Rename(p.path("ui/css/moved.css"), p.path("ui/css/main.css")))
		require.NoError(t, os.Chtimes(p.path("ui/css/main.css"), old.ModTime(), old.ModTime()))
		assert.Equal(t, []string{"ui/css/main.css"}, p.make(t, m).Changed(first))
	})
}

// opening counts how often the file name is opened.
type opening struct {
	fs.FS
	name  string
	times int
}

func (o *opening) Open(name string) (fs.File, error) {
	if name == o.name {
		o.times++
	}
	return o.FS.Open(name)
}

func (o *opening) Stat(name string) (fs.FileInfo, error) { return fs.Stat(o.FS, name) }

func TestClock_a_file_whose_times_are_set_back_is_bundled_again(t *testing.T) {
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)} {
		p, m := newProject(t), NewMaker("")
		require.NoError(t, os.Chtimes(p.path("ui/css/main.css"), at, at))
		first := p.make(t, m)
		assert.Eventually(t, func() bool {
			p.write(t, "ui/css/main.css", "BODY{}")
			require.NoError(t, os.Chtimes(p.path("ui/css/main.css"), at, at))
			return p.make(t, m).Hash != first.Hash
		}, 10*time.Second, time.Millisecond)
	}
}

func TestMaker_reads_a_file_again_that_was_read_within_its_clock_step(t *testing.T) {
	p, m := newProject(t), NewMaker("")
	now := time.Now()
	require.NoError(t, os.Chtimes(p.path("ui/css/main.css"), now, now))
	first := p.make(t, m)
	p.write(t, "ui/css/main.css", "BODY{}")
	require.NoError(t, os.Chtimes(p.path("ui/css/main.css"), now, now))
	assert.Equal(t, []string{"ui/css/main.css"}, p.make(t, m).Changed(first))
}

func TestMaker_vouches_by_steps_of_two_seconds_where_times_are_whole_seconds(t *testing.T) {
	p := newProject(t)
	whole := time.Unix(1_700_000_000, 0)
	require.NoError(t, os.Chtimes(p.path("manifest.json"), whole, whole))
	info, err := os.Stat(p.path("manifest.json"))
	require.NoError(t, err)
	now := time.Now() // the times were set just before
	assert.False(t, (&member{info: info, read: now.Add(time.Second)}).vouches(info))
	assert.True(t, (&member{info: info, read: now.Add(3 * time.Second)}).vouches(info))
}

func TestMaker_reads_a_file_again_whose_time_was_set_back_just_before(t *testing.T) {
	p := newProject(t)
	hourAgo := time.Now().Add(-time.Hour).Truncate(time.Second).Add(time.Millisecond)
	require.NoError(t, os.Chtimes(p.path("manifest.json"), hourAgo, hourAgo))
	now := time.Now()
	info, err := os.Stat(p.path("manifest.json"))
	require.NoError(t, err)
	assert.False(t, (&member{info: info, read: now}).vouches(info))
	assert.True(t, (&member{info: info, read: now.Add(time.Second)}).vouches(info))
}

// unsteady is a tree in which the file name is written to during each of the
// first reads.
type unsteady struct {
	fs.FS
	name   string
	writes int
	write  func(n int)
	reads  int
}

func (u *unsteady) Open(name string) (fs.File, error) {
	file, err := u.FS.Open(name)
	if name != u.name || err != nil {
		return file, err
	}
	u.reads++
	return &unsteadyFile{File: file, tree: u}, nil
}

type unsteadyFile struct {
	fs.File
	tree *unsteady
}

func (f *unsteadyFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	if f.tree.writes > 0 && err == io.EOF {
		f.tree.writes--
		f.tree.write(f.tree.writes)
	}
	return n, err
}

func TestMaker_reads_a_file_again_that_changes_meanwhile(t *testing.T) {
	p := newProject(t)
	tree := &unsteady{FS: p.files(t), name: "ui/css/main.css", writes: 2, write: func(n int) {
		p.write(t, "ui/css/main.css", strings.Repeat("a", 100+n))
	}}
	b := build(t, NewMaker(""), tree)
	assert.Equal(t, 3, tree.reads)
	assert.Equal(t, strings.Repeat("a", 100), contents(t, b.Files())["ui/css/main.css"])
}

func TestMaker_publishes_what_it_read_of_a_file_that_never_rests_and_looks_again_next_time(t *testing.T) {
	p, m := newProject(t), NewMaker("")
	tree := &unsteady{FS: p.files(t), name: "ui/css/main.css", writes: 1000, write: func(n int) {
		p.write(t, "ui/css/main.css", strings.Repeat("a", n))
	}}
	b := build(t, m, tree)
	assert.Equal(t, attempts, tree.reads)
	data := contents(t, b.Files())["ui/css/main.css"]
	digest, _ := b.Digest("ui/css/main.css")
	assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(data))), digest)
	p.age(t, "ui/css/main.css", time.Hour)
	tree.writes, tree.reads = 0, 0
	build(t, m, tree)
	assert.Equal(t, 1, tree.reads)
}

// vanishing is a tree whose files name go when they are opened.
type vanishing struct {
	fs.FS
	name string
	gone error
}

func (v vanishing) Open(name string) (fs.File, error) {
	if name == v.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: v.gone}
	}
	return v.FS.Open(name)
}

func TestMaker_leaves_out_files_that_vanish_meanwhile(t *testing.T) {
	p := newProject(t)
	b := build(t, NewMaker(""), vanishing{p.files(t), "ui/css/main.css", fs.ErrNotExist})
	assert.NotContains(t, contents(t, b.Files()), "ui/css/main.css")
	b = build(t, NewMaker(""), vanishing{p.files(t), "ui/css", fs.ErrNotExist})
	assert.NotContains(t, contents(t, b.Files()), "ui/css/main.css")
	_, err := NewMaker("").Make(t.Context(), vanishing{p.files(t), "ui/css/main.css", fs.ErrPermission})
	assert.ErrorIs(t, err, fs.ErrPermission)
	assert.ErrorContains(t, err, "reading ui/css/main.css")
}

func TestMaker_follows_links_within_the_folder_only(t *testing.T) {
	p := newProject(t)
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
	p.write(t, "build/app.js", "1")
	for link, target := range map[string]string{
		"ui/app": "../build", "ui/app.js": "../build/app.js", "ui/out": outside, "ui/passwd": filepath.Join(outside, "secret"), "ui/dangling": "nothing",
	} {
		require.NoError(t, os.Symlink(target, p.path(link)))
	}
	got := contents(t, p.make(t, NewMaker("")).Files())
	assert.Equal(t, "1", got["ui/app/app.js"])
	assert.Equal(t, "1", got["ui/app.js"])
	assert.Len(t, got, 6, got)
}

func TestMaker_ends_on_links_in_a_circle(t *testing.T) {
	p := newProject(t)
	for _, link := range []string{"ui/a", "ui/b"} {
		require.NoError(t, os.Symlink(".", p.path(link)))
	}
	_, err := NewMaker("").Make(t.Context(), p.files(t))
	assert.Error(t, err)
}

func TestMaker_ends_with_its_context(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := NewMaker("").Make(ctx, newProject(t).files(t))
	assert.ErrorIs(t, err, context.Canceled)
}

func TestMaker_goes_on_where_it_was_broken_off(t *testing.T) {
	p, m := newProject(t), NewMaker("")
	p.age(t, "ui/css/main.css", time.Hour)
	_, err := m.Make(t.Context(), vanishing{p.files(t), "ui/index.html", fs.ErrPermission})
	require.ErrorIs(t, err, fs.ErrPermission)
	tree := &unsteady{FS: p.files(t), name: "ui/css/main.css"}
	b := build(t, m, tree)
	assert.Zero(t, tree.reads)
	assert.Equal(t, p.make(t, NewMaker("")).Hash, b.Hash)
}

func TestMaker_publishes_nothing_without_a_manifest(t *testing.T) {
	m := NewMaker("")
	_, err := m.Make(t.Context(), memoryFiles(map[string]string{"ui/index.html": "x"}))
	var coded *Error
	require.ErrorAs(t, err, &coded)
	assert.Equal(t, CodeNoManifest, coded.Code)
}

func TestMaker_refuses_more_files_than_runners_unpack(t *testing.T) {
	tree := fstest.MapFS{"manifest.json": {}}
	for n := range maxEntries + 1 {
		tree[fmt.Sprintf("ui/node_modules/%d.js", n)] = &fstest.MapFile{}
	}
	_, err := NewMaker("").Make(t.Context(), tree)
	var coded *Error
	require.ErrorAs(t, err, &coded)
	assert.Equal(t, CodeTooLarge, coded.Code)
	assert.ErrorContains(t, err, "ui/node_modules/")
}

func TestMaker_gives_back_what_an_undone_change_had_become(t *testing.T) {
	m := NewMaker(t.TempDir())
	a, b := string(noise(1, 2<<20)), string(noise(2, 2<<20))
	of := func(wasm string) *Bundle {
		return build(t, m, memoryFiles(map[string]string{"manifest.json": "{}", "dist/main.wasm": wasm}))
	}
	first := of(a)
	of(b)
	of(b)
	again := of(a)
	assert.Equal(t, first.Hash, again.Hash)
	assert.Same(t, first.files.contents["dist/main.wasm"], again.files.contents["dist/main.wasm"])
}

func TestArchive_can_be_sought_across_its_frames(t *testing.T) {
	p := newProject(t)
	p.write(t, "dist/main.wasm", string(noise(3, 3<<20)))
	b := p.make(t, NewMaker(t.TempDir()))
	whole := archiveOf(t, b)
	archive, err := b.Archive()
	require.NoError(t, err)
	for _, at := range append([]int64{0, 1, b.Size() - 1, b.Size()}, b.archive.ends...) {
		_, err := archive.Seek(at, io.SeekStart)
		require.NoError(t, err)
		rest, err := io.ReadAll(archive)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(whole[at:], rest), at)
	}
	_, err = b.archive.ReadAt(make([]byte, 1), -1)
	assert.Error(t, err)
}

func TestArchive_is_unpacked_by_tar(t *testing.T) {
	for _, tool := range []string{"tar", "zstd"} {
		if _, err := exec.LookPath(tool); err != nil {
			unavailable(t, tool+" is not installed")
		}
	}
	p := newProject(t)
	p.write(t, "ui/"+strings.Repeat("long/", 30)+"naïve name.js", "long")
	p.write(t, "ui/empty.js", "")
	p.write(t, "dist/main.wasm", string(noise(4, 2<<20)))
	b := p.make(t, NewMaker(""))
	dir := t.TempDir()
	file := filepath.Join(dir, "bundle.tar.zst")
	require.NoError(t, os.WriteFile(file, archiveOf(t, b), 0o600))
	for _, command := range [][]string{{"zstd", "-t", file}, {"tar", "--zstd", "-C", dir, "-xf", file}} {
		output, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput()
		require.NoError(t, err, string(output))
	}
	require.NoError(t, os.Remove(file))
	assert.Equal(t, contents(t, b.Files()), contents(t, os.DirFS(dir)))
}

func TestError_is_found_by_its_code_and_keeps_its_cause(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("publishing: %w", cannotWrite("dir", cause))
	var coded *Error
	require.ErrorAs(t, err, &coded)
	assert.Equal(t, CodePublishFailed, coded.Code)
	assert.ErrorIs(t, err, cause)
}
