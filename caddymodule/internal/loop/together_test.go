package loop

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/watch"
)

// checkOut has files change at once, and told as one batch.
func checkOut(f *fixture, patience time.Duration, files map[string]string) {
	f.t.Helper()
	require.NoError(f.t, f.loop.ask(f.t.Context(), func(context.Context) {
		batch := watch.Batch{FirstSeen: time.Now()}
		for name, content := range files {
			f.write(name, content)
			batch.Changes = append(batch.Changes, watch.Change{Path: name})
		}
		f.loop.halves.patience = patience
		f.loop.noticed(batch)
	}))
}

// twoHalves are a page and a handler; neither needs a command.
func twoHalves(t *testing.T, page string) *fixture {
	t.Helper()
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": page, "ui/main.ts": "document.title = 'one'", "src/handler.ts": "export const a = 1",
	}, func(_ *fixture, o *Options) { o.Watch = WatchOff })
	next(f, shown)
	_, err := f.loop.Settled(t.Context())
	require.NoError(t, err)
	return f
}

func TestTogether_a_page_and_a_handler_that_change_at_once_are_published_at_once(t *testing.T) {
	for name, c := range map[string]struct{ page, changes, content, served string }{
		"a page as it is":        {"one", "ui/index.html", "two", "ui/index.html"},
		"a page that is bundled": {`<script type="module" src="main.ts"></script>`, "ui/main.ts", "document.title = 'two'", "ui/main.js"},
	} {
		t.Run(name, func(t *testing.T) {
			f := twoHalves(t, c.page)
			checkOut(f, time.Minute, map[string]string{c.changes: c.content, "src/handler.ts": "export const a = 2"})
			p := next(f, shown)
			assert.Subset(t, p.Changed, []string{c.served, "dist/handler.js"})
			assert.ElementsMatch(t, []string{c.changes, "src/handler.ts"}, p.Saved)
			assert.Contains(t, f.serves(c.served), "two")
			assert.Contains(t, f.serves("dist/handler.js"), "var a = 2")
		})
	}
}

func TestTogether_a_page_does_not_wait_for_a_handler_that_is_wrong(t *testing.T) {
	f := twoHalves(t, "one")
	checkOut(f, time.Minute, map[string]string{"ui/index.html": "two", "src/handler.ts": "export const a = ;"})
	assert.Equal(t, event.Handler, next(f, anyOf[event.BuildFailed]).Target)
	assert.Equal(t, []string{"ui/index.html"}, next(f, shown).Changed)
}

// holding are builds that end one by one, when they are let go.
type holding struct {
	made chan struct{} // one has read its sources
	let  chan struct{}
}

// hold has the builds of f wait between their reading and their end. One that
// is cut short meanwhile ends as that or, when uncut, as if the cut came too late.
func (f *fixture) hold(uncut bool) holding {
	f.t.Helper()
	h := holding{make(chan struct{}, 10), make(chan struct{})}
	require.NoError(f.t, f.loop.ask(f.t.Context(), func(ctx context.Context) {
		hooks := f.loop.buildHooks(ctx)
		held := hooks.Build
		hooks.Build = func(cut context.Context, job build.Job) build.Result {
			result := held(ctx, job)
			h.made <- struct{}{}
			select {
			case <-h.let:
			case <-ctx.Done():
			}
			if cut.Err() != nil && !uncut {
				return build.Result{Superseded: true}
			}
			return result
		}
		f.loop.builder.Close()
		f.loop.builder = build.NewBuilder(ctx, f.dir, hooks)
	}))
	return h
}

func TestTogether_a_page_waits_for_a_handler_that_changes_again_while_it_is_built(t *testing.T) {
	for name, uncut := range map[string]bool{"which is cut short": false, "which had ended by then": true} {
		t.Run(name, func(t *testing.T) {
			f := twoHalves(t, "one")
			h := f.hold(uncut)
			checkOut(f, time.Minute, map[string]string{"src/handler.ts": "export const a = 2"})
			<-h.made
			checkOut(f, time.Minute, map[string]string{"ui/index.html": "two", "src/handler.ts": "export const a = 3"})
			waits := false
			require.Eventually(t, func() bool {
				return f.loop.ask(t.Context(), func(context.Context) { waits = f.loop.halves.waiting }) == nil && waits
			}, 20*time.Second, time.Millisecond)
			h.let <- struct{}{}
			<-h.made // of the next, so the end of the first is taken
			require.NoError(t, f.loop.ask(t.Context(), func(context.Context) {}))
			assert.Equal(t, "one", f.serves("ui/index.html"))
			assert.Contains(t, f.serves("dist/handler.js"), "var a = 1")

			h.let <- struct{}{}
			assert.Equal(t, []string{"dist/handler.js", "ui/index.html"}, next(f, shown).Changed)
			assert.Contains(t, f.serves("dist/handler.js"), "var a = 3")
		})
	}
}

func TestTogether_the_wait_has_an_end(t *testing.T) {
	f := twoHalves(t, "one")
	h := f.hold(false)
	checkOut(f, time.Millisecond, map[string]string{"ui/index.html": "two", "src/handler.ts": "export const a = 2"})
	assert.Equal(t, []string{"ui/index.html"}, next(f, shown).Changed)
	assert.Contains(t, f.serves("dist/handler.js"), "var a = 1")
	h.let <- struct{}{}
	assert.Equal(t, []string{"dist/handler.js"}, next(f, shown).Changed)
	assert.Contains(t, f.serves("dist/handler.js"), "var a = 2")
}
