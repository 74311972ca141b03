package source_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// TestCompile_goes_on_where_nothing_can_be_kept has somebody clear the cache
// while devproxy runs, so that there is no folder to write to.
func TestCompile_goes_on_where_nothing_can_be_kept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "compiled")
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	require.NoError(t, err)
	runtime := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigCompiler().WithCompilationCache(cache))
	t.Cleanup(func() { assert.NoError(t, runtime.Close(t.Context())) })
	require.NoError(t, os.RemoveAll(dir))
	_, err = runtime.CompileModule(t.Context(), module("a"))
	require.ErrorIs(t, err, os.ErrNotExist, "else there is nothing to go on after")
	compiled, kept, err := source.Compile(t.Context(), runtime, module("b"))
	require.NoError(t, err)
	assert.False(t, kept)
	_, err = runtime.InstantiateModule(t.Context(), compiled, wazero.NewModuleConfig().WithName(""))
	require.NoError(t, err)
	_, _, err = source.Compile(t.Context(), runtime, []byte("no module"))
	assert.ErrorContains(t, err, "magic", "a module's own faults are told")
}

// module has nothing but a custom section of that name, with one byte in it.
func module(name string) []byte {
	return append([]byte("\x00asm\x01\x00\x00\x00\x00"), append([]byte{byte(2 + len(name)), byte(len(name))}, name+"."...)...)
}
