package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWatcher_hands_a_save_on_before_the_quiet_period(t *testing.T) {
	f := watchTree(t, Options{Quiet: time.Hour, Longest: time.Hour}, map[string]string{"a": "1"})
	before := time.Now()
	f.write("a", "2")
	b := f.next()
	assert.Equal(t, []Change{{"a", Written}}, b.Changes)
	assert.WithinRange(t, b.FirstSeen, before, time.Now())
	assert.False(t, b.Rescanned)
}

func TestWatcher_merges_while_nobody_receives(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		o.Quiet, o.Longest = time.Millisecond, 5*time.Millisecond
		f := watchTree(t, o, map[string]string{"a": "1", "b": "1"})
		files := func(n int) {
			require.Eventually(t, func() bool { return f.w.Status().Files == n }, deadline, time.Millisecond)
		}
		f.write("c", "1")
		files(3)
		f.remove("b")
		files(2)
		f.write("a", "2")
		f.write("d", "1")
		files(3)
		f.write("b", "1")
		f.remove("c")
		f.write(fence, "")
		files(4)
		got := f.until(fence)
		assert.Equal(t, map[string]Kind{"a": Written, "d": Created, fence: Created}, got)
	})
}

func TestWatcher_takes_a_checkout_of_10000_files_in_one_or_two_batches(t *testing.T) {
	const count = 10_000
	f := &folder{t: t, root: repository(t)}
	git := func(args ...string) {
		settings := []string{"-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false",
			"-c", "gc.auto=0", "-c", "maintenance.auto=false"} // which would go on in the background
		run(t, f.root, "git", append(settings, args...)...)
	}
	f.write("kept.txt", "kept")
	git("checkout", "-q", "-b", "small")
	git("add", ".")
	git("commit", "-q", "-m", "small")
	git("checkout", "-q", "-b", "large")
	for i := range count {
		f.write(fmt.Sprintf("p%d/d%d/f%d.txt", i%10, i%200, i), fmt.Sprint(i))
	}
	git("add", ".")
	git("commit", "-q", "-m", "large")
	git("checkout", "-q", "small")
	f.watch(Options{Root: f.root, Quiet: 250 * time.Millisecond, Longest: deadline})

	for _, c := range []struct {
		branch string
		kind   Kind
	}{{"large", Created}, {"small", Removed}} {
		begin := time.Now()
		git("checkout", "-q", c.branch)
		took := time.Since(begin)
		batches := 0
		for changes := 0; changes < count; batches++ {
			b := f.next()
			changes += len(b.Changes)
			for _, change := range b.Changes {
				require.Equal(t, c.kind, change.Kind, change.Path)
			}
		}
		t.Logf("checkout %s: git took %v, batches: %d, last received %v after git ended", c.branch, took, batches, time.Since(begin)-took)
		assert.LessOrEqual(t, batches, 2, "the leading one, and the rest")
	}
}

func TestWatcher_ends_with_its_context(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		o.Root = tempDir(t)
		ctx, cancel := context.WithCancel(t.Context())
		w, err := New(ctx, o)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(o.Root, "a"), nil, 0o644))
		cancel()
		for open := true; open; {
			_, open = <-w.Batches()
		}
		assert.NoError(t, w.Close())
		assert.NoError(t, w.Close())
	})
}

func TestNew_wants_a_folder(t *testing.T) {
	_, err := New(t.Context(), Options{})
	assert.ErrorContains(t, err, "folder")
}

func TestWatcher_reads_both_ends_of_a_very_large_file(t *testing.T) {
	f := watchTree(t, Options{}, map[string]string{"a": ""})
	require.NoError(t, os.Truncate(f.path("a"), wholeUpTo+sample))
	assert.Equal(t, Written, f.until("a")["a"])
	out := f.open("a", os.O_WRONLY)
	_, err := out.WriteAt([]byte("x"), wholeUpTo+sample-1)
	require.NoError(t, err)
	require.NoError(t, out.Close())
	f.expect(map[string]Kind{"a": Written})
}
