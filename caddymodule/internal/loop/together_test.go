package loop

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

func TestTogether_the_wait_has_an_end(t *testing.T) {
	f := twoHalves(t, "one")
	checkOut(f, 0, map[string]string{"ui/index.html": "two", "src/handler.ts": "export const a = 2"})
	_, err := f.loop.Settled(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "two", f.serves("ui/index.html"))
	assert.Contains(t, f.serves("dist/handler.js"), "var a = 2")
}
