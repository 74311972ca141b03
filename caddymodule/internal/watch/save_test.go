package watch

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// save is what an editor does when main.go is saved with "new".
type save struct {
	name string
	do   func(f *folder)
	want map[string]Kind
}

var written = map[string]Kind{"src/main.go": Written}

// saves are the system calls of editors and tools, in their order.
var saves = []save{
	{"truncate and write", func(f *folder) {
		f.write("src/main.go", "new")
	}, written},
	{"truncate, sync, write in pieces", func(f *folder) {
		out := f.open("src/main.go", os.O_WRONLY|os.O_TRUNC)
		for _, piece := range []string{"", "n", "ew"} {
			f.put(out, piece)
			require.NoError(f.t, out.Sync())
		}
		require.NoError(f.t, out.Close())
	}, written},
	{"temporary file renamed", func(f *folder) {
		f.write("src/.main.go.1234", "new")
		f.rename("src/.main.go.1234", "src/main.go")
	}, written},
	{"vim with a backup", func(f *folder) {
		f.write("src/4913", "")
		f.remove("src/4913")
		f.rename("src/main.go", "src/main.go~")
		f.write("src/main.go", "new")
		require.NoError(f.t, os.Chmod(f.path("src/main.go"), 0o644))
		f.remove("src/main.go~")
	}, written},
	{"jetbrains safe write", func(f *folder) {
		f.write("src/main.go___jb_tmp___", "new")
		f.rename("src/main.go", "src/main.go___jb_old___")
		f.rename("src/main.go___jb_tmp___", "src/main.go")
		f.remove("src/main.go___jb_old___")
	}, written},
	{"emacs lock, autosave and backup", func(f *folder) {
		f.link("user@host.1:2", "src/.#main.go")
		f.write("src/#main.go#", "ne")
		f.rename("src/main.go", "src/main.go~")
		f.write("src/main.go", "new")
		f.remove("src/.#main.go")
		f.remove("src/#main.go#")
	}, written},
	{"deleted and written again", func(f *folder) {
		f.remove("src/main.go")
		f.write("src/main.go", "new")
	}, written},
	{"renamed over by a file that was known", func(f *folder) {
		f.rename("src/other.go", "src/main.go")
	}, map[string]Kind{"src/main.go": Written, "src/other.go": Removed}},
	{"emptied", func(f *folder) {
		f.write("src/main.go", "")
	}, written},
	{"deleted", func(f *folder) {
		f.remove("src/main.go")
	}, map[string]Kind{"src/main.go": Removed}},
	{"same content", func(f *folder) {
		f.write("src/main.go", "old")
	}, nothing},
	{"same content by rename", func(f *folder) {
		f.write("src/tmp", "old")
		f.rename("src/tmp", "src/main.go")
	}, nothing},
	{"other times and modes", func(f *folder) {
		later := f.modified("src/main.go").AddDate(1, 0, 0)
		require.NoError(f.t, os.Chtimes(f.path("src/main.go"), later, later))
		require.NoError(f.t, os.Chmod(f.path("src/main.go"), 0o755))
	}, nothing},
	{"written and taken back", func(f *folder) {
		f.write("src/main.go", "new")
		f.write("src/main.go", "old")
	}, nothing},
	{"same size and times with other content", func(f *folder) {
		was := f.modified("src/main.go")
		f.write("src/main.go", "new")
		require.NoError(f.t, os.Chtimes(f.path("src/main.go"), was, was))
	}, written},
}

func TestWatcher_reports_a_save_as_what_it_means(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		for _, s := range withVim(saves) {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				f := watchTree(t, o, map[string]string{"src/main.go": "old", "src/other.go": "new"})
				s.do(f)
				f.expect(s.want)
			})
		}
	})
}

// withVim adds vim itself where it is installed; what it does is in the table
// in any case.
func withVim(list []save) []save {
	vim, err := exec.LookPath("vim")
	if err != nil {
		return list
	}
	for name, settings := range map[string]string{
		"vim itself":                   "set nobackup writebackup",
		"vim itself, backup by copy":   "set backup backupcopy=yes",
		"vim itself, backup by rename": "set backup backupcopy=no",
	} {
		list = append(list, save{name, func(f *folder) {
			run(f.t, f.root, vim, "-es", "-u", "NONE", "-c", settings, "-c", "%s/old/new/", "-c", "wq", "src/main.go")
		}, written})
	}
	return list
}

func TestWatcher_never_shows_the_middle_of_a_save(t *testing.T) {
	f := watchTree(t, Options{Quiet: 500 * time.Millisecond, Longest: deadline}, map[string]string{"a": "1", "b": "1"})
	f.rename("a", "a~")
	require.Eventually(t, func() bool { return f.w.Status().Files == 1 }, deadline, time.Millisecond)
	out := f.open("b", os.O_WRONLY|os.O_TRUNC)
	f.write("a", "2")
	f.put(out, "2")
	require.NoError(t, out.Close())
	assert.Equal(t, []Change{{"a", Written}, {"b", Written}}, f.next().Changes)
}

func TestWatcher_believes_the_content_rather_than_the_time(t *testing.T) {
	f := &folder{t: t, root: tempDir(t)}
	longAgo := time.Now().AddDate(-1, 0, 0)
	f.write("a", "1")
	require.NoError(t, os.Chtimes(f.path("a"), longAgo, longAgo))
	f.watch(Options{Root: f.root})
	f.write("a", "2")
	require.NoError(t, os.Chtimes(f.path("a"), longAgo, longAgo))
	f.expect(map[string]Kind{"a": Written})
}

// A clock of coarse steps gives two saves within a step the same times, so that
// nothing but the content tells them apart.
func TestClock_a_file_vouches_for_nothing_just_after_its_time_was_set_back(t *testing.T) {
	f := &folder{t: t, root: tempDir(t)}
	f.write("a", "1")
	longAgo := time.Now().AddDate(-1, 0, 0)
	require.NoError(t, os.Chtimes(f.path("a"), longAgo, longAgo))
	known, err := readFile(f.path("a"))
	require.NoError(t, err)
	info, err := os.Stat(f.path("a"))
	require.NoError(t, err)
	assert.False(t, known.same(info))
	known.read = known.read.Add(2 * racy)
	assert.True(t, known.same(info))
}

func TestClock_a_save_shows_whatever_its_time(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		for name, at := range map[string]time.Time{"long ago": time.Unix(0, 0), "to come": time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)} {
			t.Run(name, func(t *testing.T) {
				f := &folder{t: t, root: tempDir(t)}
				f.write("a", "1")
				require.NoError(t, os.Chtimes(f.path("a"), at, at))
				o.Root = f.root
				f.watch(o)
				f.write("a", "2")
				require.NoError(t, os.Chtimes(f.path("a"), at, at))
				f.expect(map[string]Kind{"a": Written})
			})
		}
	})
}
