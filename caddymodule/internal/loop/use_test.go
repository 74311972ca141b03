package loop

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// three publishes one, two and three, and gives their hashes.
func three(t *testing.T) (f *fixture, hashes []string) {
	t.Helper()
	f = start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "dist/main.wasm": "handler one"})
	require.Eventually(t, func() bool { return f.loop.State().Handler.Status == "ready" }, 10*time.Second, time.Millisecond)
	hashes = append(hashes, next(f, anyOf[event.Published]).Hash)
	f.write("ui/index.html", "two")
	hashes = append(hashes, next(f, shown).Hash)
	f.write("dist/main.wasm", "handler three")
	hashes = append(hashes, next(f, shown).Hash)
	return f, hashes
}

// pinned is the hash of the build that answers until the next save.
func (f *fixture) pinned() (hash string) {
	f.t.Helper()
	require.NoError(f.t, f.loop.ask(f.t.Context(), func(context.Context) { hash = f.loop.pin }))
	return hash
}

func builds(list []bundle.Entry) (hashes []string) {
	for _, one := range list {
		hashes = append(hashes, one.Hash)
	}
	return hashes
}

func TestUse_serves_an_earlier_build_until_the_next_save(t *testing.T) {
	f, hashes := three(t)
	require.NoError(t, f.loop.Use(t.Context(), hashes[0]))
	state := f.loop.State()
	assert.True(t, state.Earlier)
	assert.Equal(t, hashes[0], state.Extension.Hash)
	assert.Equal(t, "one", f.serves("ui/index.html"))
	assert.Equal(t, "handler one", f.serves("dist/main.wasm"))
	told := next(f, shown)
	assert.True(t, told.Earlier)
	assert.Equal(t, []string{"dist/main.wasm", "ui/index.html"}, told.Changed)
	assert.Equal(t, event.Page, told.Scope)
	assert.Equal(t, []string{hashes[2], hashes[1], hashes[0]}, builds(f.loop.Builds()), "the history stays as it is")

	f.write("ui/style.css", "h1 { color: red }")
	saved := next(f, shown)
	assert.False(t, saved.Earlier)
	assert.False(t, f.loop.State().Earlier)
	assert.Equal(t, "two", f.serves("ui/index.html"), "of the working tree")
	assert.Equal(t, "handler three", f.serves("dist/main.wasm"))
	newest := f.loop.Builds()[0]
	assert.Equal(t, saved.Hash, newest.Hash)
	assert.Equal(t, []string{"ui/style.css"}, newest.Saved)
	assert.Equal(t, []string{"ui/style.css"}, newest.Changed, "against the newest, not what answered meanwhile")
	assert.Positive(t, newest.Took)
}

func TestLatest_returns_to_the_working_tree(t *testing.T) {
	f, hashes := three(t)
	require.NoError(t, f.loop.Use(t.Context(), hashes[1]))
	state, err := f.loop.Latest(t.Context())
	require.NoError(t, err)
	assert.False(t, state.Earlier)
	assert.Equal(t, hashes[2], state.Extension.Hash)
	require.NoError(t, f.loop.Use(t.Context(), hashes[0]))
	require.NoError(t, f.loop.Use(t.Context(), hashes[2]))
	assert.False(t, f.loop.State().Earlier, "the newest is no earlier one")
	f.write("ui/index.html", "four")
	next(f, func(event.Published) bool { return f.serves("ui/index.html") == "four" })
}

func TestUse_of_what_is_not_kept_or_cannot_answer_changes_nothing(t *testing.T) {
	f, hashes := three(t)
	assert.ErrorIs(t, f.loop.Use(t.Context(), "sha256:00"), ErrUnknownBuild)
	f.prepare(func(context.Context, Candidate) []event.Problem {
		return []event.Problem{{Message: "does not load", Fix: "mend it"}}
	})
	var unusable *UnusableError
	require.ErrorAs(t, f.loop.Use(t.Context(), hashes[0]), &unusable)
	assert.Equal(t, "does not load", unusable.Reason)
	assert.Equal(t, "mend it", unusable.Fix)
	state := f.loop.State()
	assert.Equal(t, hashes[2], state.Extension.Hash)
	assert.Empty(t, state.Failures, "the working tree is in order")
	assert.Empty(t, f.pinned(), "what is built goes on being published")
	f.prepare(nil)
	require.NoError(t, f.loop.Use(t.Context(), hashes[0]))
	f.prepare(func(context.Context, Candidate) []event.Problem { return []event.Problem{{Message: "does not load"}} })
	require.ErrorAs(t, f.loop.Use(t.Context(), hashes[2]), &unusable)
	assert.Equal(t, hashes[0], f.loop.State().Extension.Hash, "the earlier one goes on")
	assert.Equal(t, hashes[0], f.pinned())
	f.prepare(nil)
	f.write("ui/index.html", "four")
	next(f, func(event.Published) bool { return f.serves("ui/index.html") == "four" })
}

func TestUse_that_a_save_overtakes_says_so(t *testing.T) {
	f, hashes := three(t)
	asked := make(chan struct{})
	f.prepare(func(ctx context.Context, c Candidate) []event.Problem {
		if c.Hash == hashes[0] {
			close(asked)
			<-ctx.Done()
		}
		return nil
	})
	result := make(chan error, 1)
	go func() { result <- f.loop.Use(context.Background(), hashes[0]) }()
	<-asked
	f.write("ui/index.html", "four")
	select {
	case err := <-result:
		assert.ErrorIs(t, err, ErrOvertaken)
	case <-time.After(20 * time.Second):
		require.Fail(t, "the save goes unnoticed")
	}
	next(f, func(event.Published) bool { return f.serves("ui/index.html") == "four" })
	assert.False(t, f.loop.State().Earlier)
}

func TestUse_keeps_an_earlier_build_when_the_backend_changes_unless_that_cannot_execute_it(t *testing.T) {
	f, hashes := three(t)
	require.NoError(t, f.loop.Use(t.Context(), hashes[0]))
	require.NoError(t, f.loop.SetElsewhere(t.Context(), true))
	state, err := f.loop.Settled(t.Context())
	require.NoError(t, err)
	assert.Equal(t, hashes[0], state.Extension.Hash)

	f = start(t, map[string]string{"manifest.json": manifest, "ui/index.html": "one", "src/handler.ts": "export const a = 1", "dist/main.wasm": "component"})
	source := next(f, func(event.Published) bool {
		return f.loop.State().HandlerMode == modeSource && f.loop.State().Handler.Status == "ready"
	}).Hash
	f.write("ui/index.html", "two")
	next(f, shown)
	require.NoError(t, f.loop.Use(t.Context(), source))
	assert.Equal(t, modeSource, f.loop.State().HandlerMode)
	require.NoError(t, f.loop.SetElsewhere(t.Context(), true))
	state, err = f.loop.Settled(t.Context())
	require.NoError(t, err)
	assert.False(t, state.Earlier, "the working tree is served by what can execute it")
	var unusable *UnusableError
	require.ErrorAs(t, f.loop.Use(t.Context(), source), &unusable)
	assert.Contains(t, unusable.Fix, "devproxy use embedded")
}

func TestBuilds_have_their_cause_and_failures_and_outlive_the_loop(t *testing.T) {
	cache := t.TempDir()
	files := map[string]string{"manifest.json": manifest, "ui/index.html": `<script type="module" src="main.ts"></script>`, "ui/main.ts": "document.title = 1"}
	f := start(t, files, func(_ *fixture, o *Options) { o.CacheDir = cache })
	first := next(f, shown)
	f.write("ui/main.ts", "let a = ")
	next(f, anyOf[event.BuildFailed])
	require.Eventually(t, func() bool { return len(f.loop.State().Failed) == 1 }, 20*time.Second, time.Millisecond, "the state follows the event")
	failed := f.loop.State().Failed
	assert.Equal(t, []string{"ui/main.ts"}, failed[0].Saved)
	assert.Equal(t, event.UI, failed[0].Target)
	assert.Contains(t, failed[0].Problem, "ui/main.ts:1")
	f.write("ui/main.ts", "document.title = 2")
	second := next(f, shown)
	list := f.loop.Builds()
	assert.Equal(t, []string{"ui/main.ts"}, list[0].Saved, "once, though it was saved twice")
	assert.Equal(t, second.Changed, list[0].Changed)
	assert.Positive(t, list[0].UI)
	assert.Zero(t, list[0].Handler)
	f.loop.Close()

	content, err := os.ReadFile(filepath.Join(f.dir, "ui/main.ts"))
	require.NoError(t, err)
	files["ui/main.ts"] = string(content)
	f = start(t, files, func(_ *fixture, o *Options) { o.CacheDir = cache })
	next(f, anyOf[event.Published])
	require.Eventually(t, func() bool { return f.loop.State().Extension.Hash == second.Hash }, 10*time.Second, time.Millisecond)
	require.NoError(t, f.loop.Use(t.Context(), first.Hash))
	assert.Contains(t, f.serves("ui/main.js"), "title = 1")
}

func TestUse_ends_with_its_context_and_with_the_loop(t *testing.T) {
	f, hashes := three(t)
	asked := make(chan struct{})
	f.prepare(func(ctx context.Context, _ Candidate) []event.Problem { close(asked); <-ctx.Done(); return nil })
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- f.loop.Use(ctx, hashes[0]) }()
	<-asked
	cancel()
	assert.ErrorIs(t, <-result, context.Canceled)
	f.loop.Close()
	assert.ErrorIs(t, f.loop.Use(t.Context(), hashes[0]), errEnded)
}
