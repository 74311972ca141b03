package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// limitMemory gives the running devproxy addresses for so many MiB more than it
// has; 0 takes the limit away.
func (w *workbench) limitMemory(more uint64) {
	w.t.Helper()
	limit := "unlimited"
	if more > 0 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", w.cmd.Process.Pid))
		require.NoError(w.t, err)
		var pages uint64
		_, err = fmt.Sscan(string(text), &pages)
		require.NoError(w.t, err)
		limit = fmt.Sprint(pages*uint64(os.Getpagesize()) + more<<20)
	}
	out, err := exec.Command("prlimit", "--pid", fmt.Sprint(w.cmd.Process.Pid), "--as="+limit+":").CombinedOutput()
	if err != nil {
		unavailable(w.t, fmt.Sprintf("prlimit of this system does not limit processes: %v %s", err, out))
	}
}

func TestLoop_without_memory_for_the_first_compile_says_so_and_goes_on(t *testing.T) {
	for name, artefact := range map[string]bool{"a built handler": true, "a handler from its source": false} {
		t.Run(name, func(t *testing.T) {
			w := newExtension(t)
			cache := shortFolder(t)
			addHandler := w.withoutHandler(artefact)
			w.start(w.after("export XDG_CACHE_HOME='"+cache+"'", plainBinary(t)))
			w.limitMemory(300) // enough for all but the compile

			addHandler()
			w.says("memory_low", "are left of the limit of the address space (ulimit -v)", "raise the limit")
			assert.Equal(t, http.StatusOK, w.asset(anyHash, "index.html").status, "the rest is served")
			refused := w.call()
			assert.Contains(t, refused.body, "memory_low", "%d", refused.status)
			require.NotEmpty(t, w.status().Problems)

			w.limitMemory(0)
			require.Eventually(t, func() bool { return !strings.Contains(w.call().body, "memory_low") }, compileLimit, 100*time.Millisecond, "the next call compiles it")
			assert.NotContains(t, strings.ToLower(w.output.String()), "fatal error")
		})
	}
}

// withoutHandler takes the handler's source away. What it gives puts it back,
// or the example's dist/main.wasm in its place, which nothing here can build.
func (w *workbench) withoutHandler(artefact bool) func() {
	w.t.Helper()
	name, from := "src/handler.ts", w.path("src/handler.ts")
	if artefact {
		name, from = "dist/main.wasm", filepath.Join(hello(w.t), "dist", "main.wasm")
		require.NoError(w.t, os.Remove(w.path("package.json")))
	}
	text, err := os.ReadFile(from)
	require.NoError(w.t, err)
	require.NoError(w.t, os.RemoveAll(w.path("src")))
	if !artefact {
		w.saveHandler("handler-0")
	}
	return func() { w.save(name, string(text)) }
}
