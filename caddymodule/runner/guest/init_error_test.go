package guest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func requireInitError(t *testing.T, err error) *guest.InitError {
	t.Helper()
	var failure *guest.InitError
	require.ErrorAs(t, err, &failure)
	return failure
}

func TestAModuleThatDoesNotLoadSaysWhyAndWhere(t *testing.T) {
	const export = "\nexport function handler() {}"
	cases := map[string]struct {
		js           string
		message      string
		line, column int
		stack        []string
	}{
		"a syntax error": {
			js:      "const a = 1;\nexport function handler( {\n}\n;;)",
			message: "SyntaxError: missing ) after formal parameters", line: 4, column: 1,
		},
		"a throw at the top level": {
			js:      "const a = 1;\n  throw new Error('top');" + export,
			message: "Error: top", line: 2, column: 9, stack: []string{"@handler.js:2:9"},
		},
		"a throw further in": {
			js:      "function a() { b() }\nfunction b() { null.x }\na();" + export,
			message: `TypeError: can't access property "x" of null`, line: 2, column: 16,
			stack: []string{"b@handler.js:2:16", "a@handler.js:1:16", "@handler.js:3:1"},
		},
		"a throw of no error": {js: "throw 'just text'", message: "uncaught exception: just text"},
		"no handler": {
			js:      "export const other = 1",
			message: `Error: "handler.js" does not export a "handler" function as expected by the world.`,
		},
		"an import that is not there": {
			js:      "import { nope } from 'alga:extension/logging';" + export,
			message: "SyntaxError: The requested module '<internal>' doesn't provide an export named: 'nope'", line: 1, column: 10,
		},
		"a module that is not there": {
			js:      "import { readFile } from 'node:fs';" + export,
			message: `ReferenceError: Error loading module "node:fs" (resolved path "node:fs"): No such file or directory`,
		},
		"a timer too early": {
			js:      "setTimeout(() => 0, 1);" + export,
			message: "TypeError: setTimeout can only be used during request handling, not during initialization", line: 1, column: 11,
			stack: []string{"@handler.js:1:11"},
		},
		"a call of the host too early": {
			js:      "import { logInfo } from 'alga:extension/logging';\nlogInfo('x');" + export,
			message: "calling alga:extension/logging#log-info while the module is loaded: the runner answers only inside handler; call it there",
		},
		"more memory than there is": {
			js:      "export const kept = new Uint8Array(512 << 20);" + export,
			message: "needed more than 256 MiB of memory",
		},
	}
	engine := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := engine.LoadSource(t.Context(), sourceOf(t, pinned, c.js))
			failure := requireInitError(t, err)
			assert.Equal(t, c.message, failure.Message)
			assert.Equal(t, []int{c.line, c.column}, []int{failure.Line, failure.Column})
			assert.Equal(t, c.stack, failure.Stack)
		})
	}
}

func TestAnEndlessTopLevelIsCut(t *testing.T) {
	started := time.Now()
	_, err := newEngine(t).LoadSource(t.Context(), sourceOf(t, pinned, "for (;;);"))
	failure := requireInitError(t, err)
	assert.Equal(t, "its top level did not end: timed out after 5s", failure.Message)
	requireTrap(t, failure.Err, guest.TrapTimeout)
	assert.Less(t, time.Since(started), 30*time.Second)
}
