package runner

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProgram_a_loaded_handler_serves_only_the_file_that_it_came_from(t *testing.T) {
	dir := t.TempDir()
	written := time.Now().Add(-time.Hour)
	stat := func(name, content string, at time.Time) fs.FileInfo {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
		require.NoError(t, os.Chtimes(file, at, at))
		info, err := os.Stat(file)
		require.NoError(t, err)
		return info
	}
	first := stat("main.wasm", "first", written)
	known := loaded{info: first, settled: true}
	live := Bundle{Live: true}
	again, err := os.Stat(filepath.Join(dir, "main.wasm"))
	require.NoError(t, err)
	assert.True(t, known.serves(live, again))
	assert.False(t, known.serves(live, stat("main.wasm", "longer", written)), "another size")
	assert.False(t, known.serves(live, stat("main.wasm", "later", written.Add(time.Second))), "another time")
	assert.False(t, known.serves(live, stat("other.wasm", "first", written)), "another file")
	assert.False(t, loaded{info: first}.serves(live, first), "written too recently to tell by its time")
	assert.True(t, loaded{info: first}.serves(Bundle{}, first), "sealed content does not change")
}
