package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostileCaddyfiles would never end, take all memory, or reach our parsers with
// what nobody writes. %s is a folder with import loops.
var hostileCaddyfiles = map[string]string{
	"a file that imports itself":        "import %s/self\n",
	"files that import each other":      "import %s/one\n",
	"a snippet that imports itself":     "(a) {\n\timport a\n}\n:80 {\n\timport a\n}\n",
	"snippets that import each other":   "(a) {\n\timport b\n}\n(b) {\n\timport a\n}\n:80 {\n\timport a\n}\n",
	"a snippet of ours around itself":   "(a) {\n\trunner {\n\t\timport a\n\t}\n}\n:80 {\n\timport a\n}\n",
	"an import of everything":           inRunner("import %s/*"),
	"blocks 100 000 deep":               inRunner(strings.Repeat("limits {\n", 100_000) + strings.Repeat("}\n", 100_000)),
	"blocks that never close":           "{\n\trunner {\n" + strings.Repeat("extension . {\n", 10_000),
	"a token of 1 MiB":                  inRunner(strings.Repeat("x", 1<<20)),
	"a name of 1 MiB":                   inRunner("backend " + strings.Repeat("x", 1<<20)),
	"a quote that never closes":         inRunner("backend \"a http://x"),
	"a heredoc that never ends":         inRunner("service_token <<END\nx"),
	"a heredoc of ours in the middle":   inRunner("limits <<END\nmemory 1\nEND"),
	"NUL for an option":                 inRunner("\x00"),
	"NUL in a name":                     inRunner("backend a\x00b http://x"),
	"NUL in a URL":                      inRunner("backend a http://x\x00y"),
	"invalid UTF-8":                     inRunner("\xff\xfe \xc3\x28"),
	"terminal escapes":                  inRunner("\x1b[2J\x1b]0;x\x07 y"),
	"100 000 arguments":                 inRunner("default " + strings.Repeat("a ", 100_000)),
	"braces for names":                  inRunner("backend { http://x"),
	"a number beyond all":               inRunner("history " + strings.Repeat("9", 10_000)),
	"a size beyond all":                 inRunner("limits {\nmemory " + strings.Repeat("9", 400) + "EiB\n}"),
	"a duration beyond all":             inRunner("timeout " + strings.Repeat("9", 400) + "h"),
	"a duration below nothing":          inRunner("timeout -1s"),
	"100 000 backends":                  inRunner(many("backend b%d http://x", 100_000) + "default nowhere"),
	"100 000 options that do not exist": inRunner(many("option%d", 100_000)),
}

func inRunner(text string) string { return "{\n\trunner {\n" + text + "\n\t}\n}\n:80 {\n\trunner\n}\n" }

func many(format string, count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, format+"\n", i)
	}
	return text.String()
}

func TestAbuse_hostile_Caddyfiles_are_refused_in_bounded_memory(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"self": "import self\n", "one": "import two\n", "two": "import one\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	for name, text := range hostileCaddyfiles {
		t.Run(name, func(t *testing.T) {
			text = strings.Replace(text, "%s", dir, 1)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := adaptText(text)
			runtime.ReadMemStats(&after)
			if assert.Error(t, err) {
				assert.NotEmpty(t, strings.TrimSpace(err.Error()))
				assert.NotContains(t, err.Error(), "runtime error")
				assert.NotContains(t, err.Error(), "\x1b", "a terminal takes it for a command")
			}
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<30))
		})
	}
	t.Logf("%d Caddyfiles", len(hostileCaddyfiles))
}
