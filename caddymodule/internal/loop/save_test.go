package loop

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestLoop_shows_a_save_that_cannot_be_kept_for_the_next_process_and_says_so(t *testing.T) {
	inTheWay := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(inTheWay, nil, 0o600))
	f := start(t, plainFiles, func(_ *fixture, o *Options) { o.CacheDir = inTheWay })
	next(f, anyOf[event.Published])
	assert.Equal(t, bundle.CodePublishFailed, next(f, anyOf[event.BuildFailed]).Problems[0].Code)

	f.write("ui/index.html", "<h1>two</h1>")
	next(f, anyOf[event.Published])
	assert.Equal(t, "<h1>two</h1>", f.serves("ui/index.html"))
	next(f, anyOf[event.BuildFailed])
	require.Eventually(t, func() bool { return len(f.loop.State().Failures) == 1 }, 10*time.Second, time.Millisecond)

	require.NoError(t, os.Remove(inTheWay))
	f.write("ui/index.html", "<h1>three</h1>")
	last := next(f, anyOf[event.Published])
	f.loop.Close() // when it has ended, all is on disk
	assert.Empty(t, f.loop.State().Failures)
	assert.Len(t, bundle.OpenHistory(inTheWay, 5, nil).List(), 3)
	kept, found := bundle.OpenHistory(inTheWay, 5, nil).ByHash(last.Hash)
	require.True(t, found)
	assert.Equal(t, last.Build, kept.Build())
}
