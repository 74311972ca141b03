package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// artefacts is how often the handler is built and edited by turns.
const artefacts = 4

// componentizeLimit is for jco on a busy machine.
const componentizeLimit = 3 * time.Minute

func TestLoop_a_build_by_hand_answers_until_the_next_save_of_the_source(t *testing.T) {
	// the builds are the developer's alone
	config := filepath.Join(t.TempDir(), "Caddyfile")
	alone := strings.Replace(string(builtinCaddyfile), "\t\t\tsource {", "\t\t\tartefact off\n\t\t\tsource {", 1)
	require.NoError(t, os.WriteFile(config, []byte(alone), 0o644))
	w := newExtension(t).up("--config", config)
	w.waitForHandlers(t)
	w.serves("ui-0", "handler-0")
	assert.Equal(t, "source", w.status().Handler.Mode)

	w.saveHandler("handler-built")
	w.serves("ui-0", "handler-built")
	script := exec.CommandContext(t.Context(), "npm", "run", "-s", "build:handler")
	script.Dir = w.dir
	out, err := script.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Eventually(t, func() bool { return w.status().Handler.Mode == "artefact" }, componentizeLimit, 20*time.Millisecond)
	w.hasStatus("it answers", func(e runnerstatus.Extension) bool { return e.Handler.Status == "ready" })
	w.serves("ui-0", "handler-built")

	built, err := os.ReadFile(w.path("dist/main.wasm"))
	require.NoError(t, err)
	for i := range artefacts {
		version := fmt.Sprint("handler-", i)
		w.saveHandler(version)
		w.serves("ui-0", version)
		assert.Equal(t, "source", w.status().Handler.Mode)

		built = append(built, customSection...) // other bytes that do the same
		require.NoError(t, os.WriteFile(w.path("dist/main.wasm"), built, 0o644))
		w.serves("ui-0", "handler-built")
	}
	assert.Empty(t, w.status().Problems)
	assert.Equal(t, 1, strings.Count(w.status().Plan, "npm"), "the command is the developer's to run")
}

var customSection = []byte{0, 2, 1, 'x'}
