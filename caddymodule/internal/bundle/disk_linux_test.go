package bundle

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mount gives a file system of its own, of size bytes; options as for tmpfs.
func mount(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options)
	if errors.Is(err, syscall.EPERM) {
		unavailable(t, "only root can mount a small file system")
	}
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

func assertPublishFailed(t *testing.T, err, cause error) {
	t.Helper()
	var coded *Error
	require.ErrorAs(t, err, &coded)
	assert.Equal(t, CodePublishFailed, coded.Code)
	assert.ErrorIs(t, err, cause)
}

func TestMaker_loses_nothing_when_the_disk_is_full(t *testing.T) {
	dir := mount(t, "size=6m")
	m, h := NewMaker(dir), OpenHistory(dir, 2, nil)
	small := memoryFiles(map[string]string{"manifest.json": "{}", "dist/main.wasm": string(noise(1, 1<<20+1))})
	first := build(t, m, small)
	_, err := add(h, first, at(1))
	require.NoError(t, err)

	_, err = m.Make(t.Context(), memoryFiles(map[string]string{"manifest.json": "{}", "dist/main.wasm": string(noise(2, 5<<20))}))
	assertPublishFailed(t, err, syscall.ENOSPC)
	current, _ := h.Current()
	assert.NoError(t, verify(current))
	assert.Len(t, onDisk(t, dir), 3, "what was written in vain is gone")
	small["ui/index.html"] = small["manifest.json"]
	again := build(t, m, small)
	_, err = add(h, again, at(2))
	require.NoError(t, err)
	assert.Equal(t, []string{"ui/index.html"}, again.Changed(first))
}

func TestHistory_goes_on_in_memory_when_it_cannot_be_written(t *testing.T) {
	dir := mount(t, "size=6m")
	m, h := NewMaker(dir), OpenHistory(dir, 2, nil)
	files := memoryFiles(map[string]string{"manifest.json": "{}", "dist/main.wasm": string(noise(1, 1<<20+1))})
	first := build(t, m, files)
	_, err := add(h, first, at(1))
	require.NoError(t, err)

	require.NoError(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	files["ui/index.html"] = files["manifest.json"]
	second := build(t, m, files)
	_, err = add(h, second, at(2))
	assertPublishFailed(t, err, syscall.EROFS)
	assert.Equal(t, []int{2, 1}, numbers(h))
	current, _ := h.Current()
	assert.NoError(t, verify(current))
	reopened, ok := OpenHistory(dir, 2, nil).ByBuild(first.Build())
	assert.False(t, ok, "its large file cannot be unpacked")
	assert.Nil(t, reopened)

	require.NoError(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT, ""))
	require.NoError(t, h.Save(), "it is tried again")
	current, ok = OpenHistory(dir, 2, nil).Current()
	require.True(t, ok)
	assert.Equal(t, second.Hash, current.Hash)
}

func TestMaker_in_a_folder_that_cannot_be_made(t *testing.T) {
	p := newProject(t)
	p.write(t, "file", "")
	m := NewMaker(filepath.Join(p.path("file"), "below"))
	_, err := m.Make(t.Context(), memoryFiles(map[string]string{"manifest.json": string(noise(1, 2<<20))}))
	assertPublishFailed(t, err, syscall.ENOTDIR)
}
