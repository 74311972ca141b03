package watch

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline is long enough for a machine under load; nothing waits it out.
const deadline = 20 * time.Second

// fence is a file that a test writes last: what is to be reported has been
// when it is.
const fence = "fence.txt"

// folder is a tree under test.
type folder struct {
	t    *testing.T
	root string
	w    *Watcher
}

// modes runs a test with events and with polling.
func modes(t *testing.T, test func(t *testing.T, o Options)) {
	t.Run("events", func(t *testing.T) { test(t, Options{}) })
	t.Run("polling", func(t *testing.T) { test(t, Options{Poll: 10 * time.Millisecond}) })
}

// tempDir has no link in its path, so that paths may be compared.
func tempDir(t *testing.T) string {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	return dir
}

// watchTree makes a tree of files and watches it. The quiet period is long, so
// that a save is in one piece on a machine under load too.
func watchTree(t *testing.T, o Options, files map[string]string) *folder {
	t.Helper()
	if o.Root == "" {
		o.Root = filepath.Join(tempDir(t), "project")
	}
	f := &folder{t: t, root: o.Root}
	for name, content := range files {
		f.write(name, content)
	}
	f.watch(o)
	return f
}

func (f *folder) watch(o Options) {
	f.t.Helper()
	if o.Quiet == 0 {
		o.Quiet, o.Longest = 100*time.Millisecond, time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(f.t.Output(), nil))
	}
	w, err := New(f.t.Context(), o)
	require.NoError(f.t, err)
	f.t.Cleanup(func() { assert.NoError(f.t, w.Close()) })
	f.w = w
}

func (f *folder) path(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

func (f *folder) write(name, content string) {
	f.t.Helper()
	require.NoError(f.t, os.MkdirAll(filepath.Dir(f.path(name)), 0o755))
	require.NoError(f.t, os.WriteFile(f.path(name), []byte(content), 0o644))
}

func (f *folder) mkdir(name string) {
	f.t.Helper()
	require.NoError(f.t, os.MkdirAll(f.path(name), 0o755))
}

func (f *folder) rename(from, to string) {
	f.t.Helper()
	require.NoError(f.t, os.Rename(f.path(from), f.path(to)))
}

func (f *folder) remove(name string) {
	f.t.Helper()
	require.NoError(f.t, os.RemoveAll(f.path(name)))
}

func (f *folder) link(target, name string) {
	f.t.Helper()
	if err := os.Symlink(target, f.path(name)); err != nil {
		unavailable(f.t, "this system makes no symbolic links: "+err.Error())
	}
}

// next receives one batch.
func (f *folder) next() Batch {
	f.t.Helper()
	select {
	case b, ok := <-f.w.Batches():
		require.True(f.t, ok, "the watch has ended")
		return b
	case <-time.After(deadline):
		require.Fail(f.t, "no batch came", "%+v", f.w.Status())
		return Batch{}
	}
}

// until receives batches up to the one that has a path, and gives what they
// come to together. The count of batches says nothing on a loaded machine.
func (f *folder) until(path string) map[string]Kind {
	f.t.Helper()
	net := map[string]Kind{}
	for {
		last := false
		for _, c := range f.next().Changes {
			fold(net, c)
			last = last || c.Path == path
		}
		if last {
			return net
		}
	}
}

func fold(net map[string]Kind, c Change) {
	before, known := net[c.Path]
	switch {
	case !known:
		net[c.Path] = c.Kind
	case before == Created && c.Kind == Removed:
		delete(net, c.Path)
	case before == Removed && c.Kind == Created:
		net[c.Path] = Written
	case before != Created:
		net[c.Path] = c.Kind
	}
}

// expect writes the fence and compares everything reported up to then.
func (f *folder) expect(want map[string]Kind) {
	f.t.Helper()
	_, err := os.Stat(f.path(fence))
	f.write(fence, time.Now().String())
	got := f.until(fence)
	if os.IsNotExist(err) {
		assert.Equal(f.t, Created, got[fence])
	}
	delete(got, fence)
	assert.Equal(f.t, want, got)
}

// nothing is what an expectation has when no change is to be reported.
var nothing = map[string]Kind{}

// unavailable skips a test that this machine cannot run. Where everything is
// supposed to be there, under CI=true, that is a failure.
func unavailable(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI=true allows no skip, but %s", reason)
	}
	t.Skip(reason)
}
