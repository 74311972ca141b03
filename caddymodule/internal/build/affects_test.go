package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

var (
	ui      = []event.Target{event.UI}
	handler = []event.Target{event.Handler}
	both    = []event.Target{event.UI, event.Handler}
)

func TestAffects_in_process(t *testing.T) {
	plan, err := Detect(folder(t, map[string]string{
		"ui/index.html": sourcePage, "ui/main.tsx": "", "src/handler.ts": ""}), Overrides{})
	require.NoError(t, err)
	for name, want := range map[string]Effect{
		"ui/index.html":     {Targets: ui, Publish: true},
		"ui/deep/part.tsx":  {Targets: ui},
		"ui/logo.png":       {Targets: ui, Publish: true},
		"src/handler.ts":    {Targets: handler},
		"src/notes.md":      {},
		"wit/extension.wit": {Targets: handler},
		"package.json":      {Targets: both},
		"tsconfig.json":     {Targets: both},
		"ui/tsconfig.json":  {Targets: both, Publish: true},
		"package-lock.json": {Targets: both},
		"manifest.json":     {Publish: true},
		"dist/main.wasm":    {Publish: true},
		"README.md":         {},
		"shared/text.ts":    {},
	} {
		assert.Equal(t, want, plan.Affects(name), name)
	}

	known := plan.WithInputs(event.UI, []string{"ui/index.html", "ui/main.tsx", "shared/text.ts"}).
		WithInputs(event.Handler, []string{"src/handler.ts", "shared/text.ts"})
	for name, want := range map[string]Effect{
		"ui/main.tsx":      {Targets: ui},
		"ui/main.test.tsx": {},
		"ui/logo.png":      {Publish: true},
		"ui/plain.js":      {Targets: ui, Publish: true},
		"shared/text.ts":   {Targets: both},
		"src/unused.ts":    {},
		"package.json":     {Targets: both},
	} {
		assert.Equal(t, want, known.Affects(name), name)
	}
	assert.Equal(t, Effect{Targets: ui}, known.WithInputs(event.UI, nil).Affects("ui/main.test.tsx"), "after an error anything may mend it")
	assert.Equal(t, Effect{}, plan.Affects("shared/text.ts"), "a plan is a value")
}

func TestAffects_with_commands(t *testing.T) {
	for name, c := range map[string]struct {
		overrides Overrides
		effects   map[string]Effect
	}{
		"for each target": {Overrides{UI: "x", Handler: "y", Outputs: []string{"ui/"}}, map[string]Effect{
			"web/app.vue": {Targets: ui}, "vite.config.ts": {Targets: ui}, "src/handler.ts": {Targets: handler},
			"ui/made.js": {}, "dist/main.wasm": {}, "README.md": {}, "package.json": {Targets: both}}},
		"for the handler": {Overrides{Handler: "y"}, map[string]Effect{
			"ui/a.css": {Publish: true}, "lib/a.rs": {Targets: handler}, "src/a.ts": {Targets: handler}, "web/node_modules/a/b.js": {}}},
		"for both": {Overrides{Build: "x"}, map[string]Effect{
			"ui/a.css": {Targets: handler}, "src/a.ts": {Targets: handler}, "package.json": {Targets: handler}}},
		"off": {Overrides{Off: true}, map[string]Effect{
			"ui/a.ts": {Publish: true}, "src/a.ts": {}, "package.json": {}, "dist/main.wasm": {Publish: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := Detect(folder(t, nil), c.overrides)
			require.NoError(t, err)
			for file, want := range c.effects {
				assert.Equal(t, want, plan.Affects(file), file)
			}
		})
	}
}
