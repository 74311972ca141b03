//go:build unix

package runner

import (
	"net/http"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAsset_a_named_pipe_is_no_file_and_is_not_waited_for(t *testing.T) {
	source := newFolder(t, true, page())
	require.NoError(t, syscall.Mkfifo(filepath.Join(source.dir, "ui", "pipe.txt"), 0o644))
	server := start(t, Config{Sources: []Source{source}})
	got := getAsset(t, server, "pipe.txt")
	assert.Equal(t, http.StatusOK, got.StatusCode)
	assert.Contains(t, got.body, "<title>index</title>", "as for any file that is missing")
}
