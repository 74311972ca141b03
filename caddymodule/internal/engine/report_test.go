package engine

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestReport_names_what_was_saved_else_what_has_changed(t *testing.T) {
	e := newEngine(t)
	var logged bytes.Buffer
	e.SetLogger(slog.New(slog.NewTextHandler(&logged, nil)))
	at := time.Now()
	said := event.Published{Extension: "acme.x", Build: "0123", Changed: []string{"dist/handler.js"}, SavedAt: at, At: at.Add(4500 * time.Microsecond)}
	r := reporter{Engine: e}
	r.published(said)
	assert.Contains(t, logged.String(), `msg="published 0123 in 4.5 ms: dist/handler.js"`)
	said.Saved = []string{"src/handler.ts", "src/lib.ts"}
	r.published(said)
	assert.Contains(t, logged.String(), `msg="published 0123 in 4.5 ms: src/handler.ts, src/lib.ts"`)
}
