package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnlyAWholeFileIsAKeptEngine(t *testing.T) {
	s := NewSplicer(nil, t.TempDir())
	key := Digest{1, 2, 3}
	assert.Nil(t, s.load(key), "nothing is kept")
	want := &Spliced{Core: []byte("core\nwith lines"), Initializer: []byte("let a;\n"), Environment: map[string]string{"A": "1"}}
	require.NoError(t, s.store(key, want))
	assert.Equal(t, want, s.load(key))
	assert.Nil(t, s.load(Digest{4}), "another key")

	content, err := os.ReadFile(s.file(key))
	require.NoError(t, err)
	for length := range len(content) {
		require.NoError(t, os.WriteFile(s.file(key), content[:length], 0o644))
		require.Nil(t, s.load(key), "%d bytes", length)
	}
	for i := range content {
		damaged := append([]byte{}, content...)
		damaged[i] ^= 1
		require.NoError(t, os.WriteFile(s.file(key), damaged, 0o644))
		require.Nil(t, s.load(key), "byte %d", i)
	}
}

func TestAFailedStoreLeavesNothingBehind(t *testing.T) {
	s := NewSplicer(nil, t.TempDir())
	key := Digest{1}
	require.NoError(t, os.MkdirAll(filepath.Join(s.file(key), "in the way"), 0o755))
	require.ErrorContains(t, s.store(key, &Spliced{}), "keeping a spliced engine")
	entries, err := os.ReadDir(s.dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file")
}

func TestWithoutAFolderNothingIsKept(t *testing.T) {
	s := NewSplicer(nil, "")
	require.NoError(t, s.store(Digest{1}, &Spliced{}))
	assert.Nil(t, s.load(Digest{1}))
}
