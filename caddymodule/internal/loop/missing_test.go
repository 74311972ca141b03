package loop

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestMissing_names_what_keeps_a_handler_from_being_built(t *testing.T) {
	for _, c := range []struct {
		name         string
		set          func(*Loop)
		message, fix string
	}{
		{"no packages", func(l *Loop) {
			require.NoError(t, os.WriteFile(filepath.Join(l.dir, "package.json"), []byte("{}"), 0o600))
		}, "packages are not installed", "npm install"},
		{"build off", func(l *Loop) { l.opts.Build.Off = true }, "`build off` keeps devproxy", "take `build off` out"},
		{"a build that failed", func(l *Loop) { l.failures = map[event.Target]event.BuildFailed{event.Handler: {}} }, "could not be built", "devproxy status"},
		{"a build from its source", func(l *Loop) { l.mode = modeSource }, "not built from src/handler.ts yet", "wait"},
		{"a build by a command", func(l *Loop) { l.plan.Handler.Kind = build.Run }, "has not made it yet", "devproxy build"},
		{"no source", func(l *Loop) { l.plan.HandlerEntry = "" }, "no source to make it from", "write src/handler.ts"},
		{"no way to run the source", func(l *Loop) { l.sourceFault = errors.New("Node is missing") }, "does not run from there: Node is missing", "mend that"},
		{"no way to make it", func(*Loop) {}, "nothing makes it from src/handler.ts", "script `build`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &Loop{dir: t.TempDir()}
			l.mode, l.plan = modeArtefact, build.Plan{HandlerEntry: "src/handler.ts"}
			c.set(l)
			h := l.missing()
			assert.Equal(t, "missing", h.Status)
			assert.Contains(t, h.Message, c.message)
			assert.Contains(t, h.Fix, c.fix)
		})
	}
}
