package guesttest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestComponentsAreWebAssembly(t *testing.T) {
	for _, name := range []string{"limits", "hosts", "older", "newer", "shapes", "bare", "wasi"} {
		t.Run(name, func(t *testing.T) {
			component := Component(t, name)
			assert.Equal(t, "\x00asm\x0d\x00\x01\x00", string(component[:8]))
		})
	}
}

func TestAnyChangedSourceGivesAnotherHash(t *testing.T) {
	from, err := findSources("components")
	require.NoError(t, err)
	before, err := from.hash()
	require.NoError(t, err)

	edited := sources{dir: t.TempDir(), wit: from.wit}
	require.NoError(t, from.copyTo(edited.dir))
	same, err := edited.hash()
	require.NoError(t, err)
	assert.Equal(t, before, same)

	source := filepath.Join(edited.dir, "src", "limits.js")
	require.NoError(t, os.WriteFile(source, []byte("changed"), 0o644))
	after, err := edited.hash()
	require.NoError(t, err)
	assert.NotEqual(t, before, after)
}

func TestTheLockIsHeldByOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path)
	require.NoError(t, err)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = lock(ended, path)
	require.ErrorIs(t, err, context.Canceled)

	unlock()
	again, err := lock(t.Context(), path)
	require.NoError(t, err)
	again()
}
