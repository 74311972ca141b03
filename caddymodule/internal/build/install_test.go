package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInstall_is_one_command_until_packages_are_there(t *testing.T) {
	dir := t.TempDir()
	add := func(name string) { require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600)) }
	assert.Empty(t, Install(dir), "nothing to install")
	add("package.json")
	assert.Equal(t, "npm install", Install(dir))
	add("pnpm-lock.yaml")
	assert.Equal(t, "pnpm install", Install(dir))
	add("package-lock.json")
	assert.Equal(t, "npm ci", Install(dir))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "node_modules"), 0o700))
	assert.Empty(t, Install(dir))
}
