package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWatcher_follows_folders(t *testing.T) {
	cases := []struct {
		name string
		do   func(f *folder)
		want map[string]Kind
	}{
		{"made deep at once", func(f *folder) {
			f.write("x/y/z/new.txt", "new")
		}, map[string]Kind{"x/y/z/new.txt": Created}},
		{"made empty", func(f *folder) { f.mkdir("x/y") }, nothing},
		{"deleted", func(f *folder) {
			f.remove("a")
		}, map[string]Kind{"a/b/one.txt": Removed, "a/two.txt": Removed}},
		{"deleted and made again the same", func(f *folder) {
			f.remove("a")
			f.write("a/two.txt", "2")
			f.write("a/b/one.txt", "1")
		}, nothing},
		{"renamed", func(f *folder) {
			f.rename("a", "z")
		}, map[string]Kind{"a/b/one.txt": Removed, "a/two.txt": Removed, "z/b/one.txt": Created, "z/two.txt": Created}},
		{"renamed there and back", func(f *folder) {
			f.rename("a", "z")
			f.rename("z", "a")
		}, nothing},
		{"moved away", func(f *folder) {
			f.rename("a", "../away")
		}, map[string]Kind{"a/b/one.txt": Removed, "a/two.txt": Removed}},
		{"moved in", func(f *folder) {
			require.NoError(f.t, os.MkdirAll(f.path("../outside/in"), 0o755))
			f.write("../outside/in/three.txt", "3")
			f.rename("../outside", "c")
		}, map[string]Kind{"c/in/three.txt": Created}},
		{"two exchanged", func(f *folder) {
			f.rename("a", "t")
			f.rename("d", "a")
			f.rename("t", "d")
		}, map[string]Kind{"a/b/one.txt": Removed, "a/two.txt": Removed, "d/b/one.txt": Created, "d/two.txt": Created,
			"a/four.txt": Created, "d/four.txt": Removed}},
		{"replaced by a file", func(f *folder) {
			f.remove("d")
			f.write("d", "file")
		}, map[string]Kind{"d/four.txt": Removed, "d": Created}},
		{"made of a file", func(f *folder) {
			f.remove("d/four.txt")
			f.write("d/four.txt/five.txt", "5")
		}, map[string]Kind{"d/four.txt": Removed, "d/four.txt/five.txt": Created}},
	}
	modes(t, func(t *testing.T, o Options) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				f := watchTree(t, o, map[string]string{"a/b/one.txt": "1", "a/two.txt": "2", "d/four.txt": "4"})
				c.do(f)
				f.expect(c.want)
			})
		}
	})
}

func TestWatcher_tells_the_new_path_after_a_folder_was_renamed(t *testing.T) {
	f := watchTree(t, Options{}, map[string]string{"a/b/c/one.txt": "1"})
	f.rename("a", "z")
	f.expect(map[string]Kind{"a/b/c/one.txt": Removed, "z/b/c/one.txt": Created})
	f.write("z/b/c/one.txt", "2")
	f.write("a/b/c/two.txt", "2")
	f.expect(map[string]Kind{"z/b/c/one.txt": Written, "a/b/c/two.txt": Created})
	f.rename("z/b", "b")
	f.write("b/c/one.txt", "3")
	f.expect(map[string]Kind{"z/b/c/one.txt": Removed, "b/c/one.txt": Created})
	f.write("b/c/one.txt", "4")
	f.write("z/b/c/three.txt", "3")
	f.expect(map[string]Kind{"b/c/one.txt": Written, "z/b/c/three.txt": Created})
}

func TestWatcher_outlives_its_root(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		f := watchTree(t, o, map[string]string{"src/one.txt": "1"})
		f.rename(".", "../away")
		assert.Equal(t, map[string]Kind{"src/one.txt": Removed}, f.until("src/one.txt"))
		f.write("src/two.txt", "2")
		f.expect(map[string]Kind{"src/two.txt": Created})
		require.NoError(t, os.WriteFile(filepath.Join(f.root, "..", "away", "src", "one.txt"), []byte("other"), 0o644))
		f.expect(nothing)
		f.remove(".")
		assert.Equal(t, map[string]Kind{"src/two.txt": Removed, fence: Removed}, f.until("src/two.txt"))
		assert.Zero(t, f.w.Status().Dirs)
		f.write("src/deep/three.txt", "3")
		f.expect(map[string]Kind{"src/deep/three.txt": Created})
	})
}

func TestWatcher_waits_for_a_root_that_is_not_there(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		o.Root = filepath.Join(tempDir(t), "not", "yet", "there")
		f := watchTree(t, o, nil)
		assert.Zero(t, f.w.Status().Dirs)
		f.write("one.txt", "1")
		f.expect(map[string]Kind{"one.txt": Created})
		require.NoError(t, os.RemoveAll(filepath.Dir(f.root)))
		assert.Contains(t, f.until("one.txt"), fence)
		f.write("two.txt", "2")
		f.expect(map[string]Kind{"two.txt": Created})
	})
}

func TestWatcher_follows_a_root_that_is_a_link(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		dir := tempDir(t)
		for _, name := range []string{"v1", "v2"} {
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "all", name), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "all", name, "version"), []byte(name), 0o644))
		}
		f := &folder{t: t, root: filepath.Join(dir, "current")}
		f.link("all/v1", ".")
		o.Root = f.root
		f.watch(o)
		f.write("one.txt", "1")
		f.expect(map[string]Kind{"one.txt": Created})
		f.link("all/v2", "../next")
		f.rename("../next", ".")
		assert.Equal(t, Written, f.until("version")["version"])
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "all", "v2")))
		assert.Equal(t, Removed, f.until("version")["version"])
		require.NoError(t, os.Mkdir(filepath.Join(dir, "all", "v2"), 0o755))
		f.write("two.txt", "2")
		f.expect(map[string]Kind{"two.txt": Created})
	})
}

func TestWatcher_takes_the_events_of_thousands_of_files(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		f := watchTree(t, o, map[string]string{"a.txt": "a"})
		want := map[string]Kind{}
		for i := range 2000 {
			name := fmt.Sprintf("d%d/e%d/f%d.txt", i%10, i%100, i)
			f.write(name, name)
			want[name] = Created
		}
		f.expect(want)
		for i := range 10 {
			f.remove(fmt.Sprintf("d%d", i))
		}
		for name := range want {
			want[name] = Removed
		}
		f.expect(want)
	})
}
