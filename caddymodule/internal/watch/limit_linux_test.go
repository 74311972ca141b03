package watch

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stranger owns files that a process in a user namespace of its own has no
// rights on, even where it counts as root.
const stranger = 12345

// inNamespace runs the calling test once more, in a process with a user
// namespace of its own, where the limits of inotify may be lowered without
// anybody else's noticing. It gives true in that process.
func inNamespace(t *testing.T, dir string) bool {
	t.Helper()
	const variable = "WATCH_TEST_FOLDER"
	if os.Getenv(variable) != "" {
		return true
	}
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=50s")
	c.Env = append(os.Environ(), variable+"="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		unavailable(t, fmt.Sprintf("this system gives no user namespace: %v", err))
	}
	require.NoError(t, err, "%s", out)
	if strings.Contains(string(out), "--- SKIP") {
		unavailable(t, string(out))
	}
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	return false
}

func namespaceFolder() string { return os.Getenv("WATCH_TEST_FOLDER") }

func limit(t *testing.T, name, value string) {
	t.Helper()
	file := "/proc/sys/user/" + name
	if err := os.WriteFile(file, []byte(value), 0o644); err != nil {
		unavailable(t, "this system lets nobody lower "+file)
	}
}

// says is a log that keeps what it is told.
func says() (*slog.Logger, *bytes.Buffer) {
	var said bytes.Buffer
	return slog.New(slog.NewTextHandler(&said, nil)), &said
}

func TestWatcher_polls_when_there_are_too_few_watches(t *testing.T) {
	if !inNamespace(t, tempDir(t)) {
		return
	}
	limit(t, "max_inotify_watches", "64")
	f := &folder{t: t, root: namespaceFolder()}
	for i := range 50 {
		f.write(fmt.Sprintf("d%d/a", i), "1")
	}
	log, said := says()
	f.watch(Options{Root: f.root, Log: log})
	assert.Equal(t, Events, f.w.Status().Mode)
	f.write("d7/a", "2")
	f.expect(map[string]Kind{"d7/a": Written})

	want := map[string]Kind{}
	for i := range 50 {
		f.write(fmt.Sprintf("e%d/a", i), "1")
		want[fmt.Sprintf("e%d/a", i)] = Created
	}
	f.expect(want)
	s := f.w.Status()
	assert.Equal(t, Polling, s.Mode)
	require.Len(t, s.Problems, 1)
	assert.Equal(t, "watch_limit", s.Problems[0].Code)
	assert.Contains(t, s.Problems[0].Message, "compared every 300ms")
	assert.Contains(t, s.Problems[0].Fix, "sysctl fs.inotify.max_user_watches")
	f.write("e49/a", "2")
	f.expect(map[string]Kind{"e49/a": Written})
	require.NoError(t, f.w.Close())
	assert.Equal(t, 1, strings.Count(said.String(), "watch_limit"), said)
}

func TestWatcher_polls_when_there_are_too_few_watchers(t *testing.T) {
	if !inNamespace(t, tempDir(t)) {
		return
	}
	limit(t, "max_inotify_instances", "0")
	f := watchTree(t, Options{Root: namespaceFolder()}, map[string]string{"a": "1"})
	s := f.w.Status()
	assert.Equal(t, Polling, s.Mode)
	require.Len(t, s.Problems, 1)
	assert.Equal(t, "watch_limit", s.Problems[0].Code)
	assert.Contains(t, s.Problems[0].Fix, "max_user_instances")
	f.write("a", "2")
	f.expect(map[string]Kind{"a": Written})
}

func TestWatcher_skips_what_it_may_not_read_and_never_opens_what_is_ignored(t *testing.T) {
	dir := namespaceFolder()
	if os.Getuid() == 0 {
		if dir == "" {
			dir = tempDir(t)
			lockedTree(t, dir, stranger)
		}
		if !inNamespace(t, dir) {
			return
		}
	} else {
		dir = tempDir(t)
		lockedTree(t, dir, os.Getuid())
	}
	modes(t, func(t *testing.T, o Options) {
		o.Root = dir
		var said *bytes.Buffer
		o.Log, said = says()
		f := watchTree(t, o, nil)
		f.write("open/a", t.Name())
		assert.Contains(t, f.until("open/a"), "open/a")
		s := f.w.Status()
		require.Len(t, s.Problems, 1, "the ignored folder is none")
		assert.Equal(t, "watch_unreadable", s.Problems[0].Code)
		assert.Equal(t, filepath.Join(dir, "locked"), s.Problems[0].File)
		assert.Contains(t, s.Problems[0].Fix, ".gitignore")
		f.expect(nothing)
		require.NoError(t, f.w.Close())
		assert.Equal(t, 1, strings.Count(said.String(), "watch_unreadable"), said)
	})
}

// lockedTree has one folder that may not be read, and one that is ignored too.
func lockedTree(t *testing.T, dir string, owner int) {
	t.Helper()
	f := &folder{t: t, root: dir}
	f.write(".gitignore", "data/\n")
	f.write("open/a", "1")
	mode := os.FileMode(0o700)
	if owner == os.Getuid() {
		mode = 0
	}
	for _, name := range []string{"locked", "data"} {
		f.write(name+"/secret", "1")
		require.NoError(t, os.Chown(f.path(name), owner, -1))
		require.NoError(t, os.Chmod(f.path(name), mode))
		t.Cleanup(func() { assert.NoError(t, os.Chmod(f.path(name), 0o700)) })
	}
}

func TestWatcher_compares_the_tree_when_events_were_lost(t *testing.T) {
	content, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	require.NoError(t, err)
	var queue int
	_, err = fmt.Sscan(string(content), &queue)
	require.NoError(t, err)
	f := &folder{t: t, root: tempDir(t), w: &Watcher{batches: make(chan Batch)}}
	l := newLoop(Options{}.withDefaults(f.root), f.w)
	ctx, cancel := context.WithCancel(t.Context())
	f.w.cancel = cancel
	f.w.running.Go(func() { l.run(ctx) })
	defer func() { assert.NoError(t, f.w.Close()) }()

	l.inbox.mu.Lock() // nobody takes events in
	for i := range queue + 6000 {
		f.write(fmt.Sprintf("noise%d", i%2), "x")
	}
	f.write("last", "1")
	l.inbox.mu.Unlock()
	rescanned := false
	for got := map[string]Kind{}; got["last"] == ""; {
		b := f.next()
		rescanned = rescanned || b.Rescanned
		for _, c := range b.Changes {
			got[c.Path] = c.Kind
		}
	}
	assert.True(t, rescanned)
}

func TestRemote_knows_a_local_disk(t *testing.T) {
	kind, is := remote(t.TempDir())
	assert.False(t, is, kind)
	_, is = remote(filepath.Join(t.TempDir(), "not there"))
	assert.False(t, is)
}
