//go:build unix

package engine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
)

func TestApply_of_other_options_begins_to_build_when_the_builds_before_have_ended(t *testing.T) {
	e, s := newEngine(t), settings(t)
	dir, out := folder(t, nil), t.TempDir()
	// it ends late, by force, and the next one says whether it still runs
	command := "cd " + out + "; trap '' TERM; if [ -e pid ]; then if kill -0 $(cat pid); then echo both; else echo one; fi > at; mv at said; fi; echo $$ > begun; mv begun pid; sleep 60"
	apply := func(history int) {
		s.Extensions = []Extension{{Dir: dir, Tenant: "t", Loop: loop.Options{Watch: loop.WatchOff, History: history, Build: build.Overrides{UI: command}}}}
		require.NoError(t, e.Apply(s))
	}
	written := func(name string) func() bool {
		return func() bool { _, err := os.Stat(filepath.Join(out, name)); return err == nil }
	}
	apply(5)
	require.Eventually(t, written("pid"), 20*time.Second, time.Millisecond)
	apply(6)
	require.Eventually(t, written("said"), 20*time.Second, time.Millisecond)
	said, err := os.ReadFile(filepath.Join(out, "said"))
	require.NoError(t, err)
	assert.Equal(t, "one\n", string(said))
}
