package loop

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestLoop_does_not_show_a_page_that_an_editor_has_cut_off_only(t *testing.T) {
	f := start(t, map[string]string{
		"manifest.json": manifest, "ui/index.html": `<link rel="stylesheet" href="a.css"><script type="module" src="main.ts"></script>`,
		"ui/a.css": "h1 { color: red }", "ui/main.ts": "document.title = 'one'",
	})
	next(f, shown)
	// as an editor does between cutting off and writing, and not yet told by
	// the watcher when the build ends
	assert.NoError(t, f.loop.ask(t.Context(), func(ctx context.Context) {
		f.write("ui/a.css", "")
		f.loop.publishMeanwhile(ctx)
		f.write("ui/a.css", "h1 { color: blue }")
	}))
	p := next(f, func(p event.Published) bool { return len(p.Changed) > 0 })
	assert.Equal(t, []string{"ui/a.css"}, p.Changed)
	assert.Equal(t, "h1 { color: blue }", f.serves("ui/a.css"), "it was never published empty")
	f.write("ui/a.css", "")
	next(f, func(p event.Published) bool { return len(p.Changed) > 0 })
	assert.Empty(t, f.serves("ui/a.css"), "an empty file that stays is meant")
}
