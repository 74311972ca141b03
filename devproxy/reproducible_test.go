package main

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The same sources in two folders make the same program, byte by byte: nothing
// of the folder or the time gets into it.
func TestBuild_of_devproxy_in_another_folder_is_the_same(t *testing.T) {
	sum := func(checkout string) [sha256.Size]byte {
		program := filepath.Join(t.TempDir(), "devproxy")
		build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", buildTags, "-o", program, "./devproxy")
		build.Dir = checkout
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		output, err := build.CombinedOutput()
		require.NoError(t, err, string(output))
		content, err := os.ReadFile(program)
		require.NoError(t, err)
		return sha256.Sum256(content)
	}
	assert.Equal(t, sum(".."), sum(copyOfSources(t)))
}

// copyOfSources is a folder with what a clone of this one would have.
func copyOfSources(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a folder with another name")
	require.NoError(t, os.Mkdir(dir, 0o755))
	list, err := exec.Command("git", "-C", "..", "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		unavailable(t, "this is no git checkout")
	}
	for line := range strings.Lines(string(list)) {
		path := strings.TrimSpace(line)
		content, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			continue // it is removed, or no file
		}
		copied := filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(copied), 0o755))
		require.NoError(t, os.WriteFile(copied, content, 0o600))
	}
	return dir
}
