package launcher

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestElsewhere_a_worker_gets_copies_of_the_folders_it_reads(t *testing.T) {
	engine, _ := enginetest.Elsewhere(t)
	b := open(t, engine, Config{})
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "text", "dist/old": "of before", "secret/key": "not for others", ".dockerignore": "secret\n!dist\n"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	for name, want := range map[string]string{"a": "text true", "dist/old": " false", "secret/key": " false"} {
		j := b.job("cat", "/src/"+name)
		j.ReadOnly, j.Scratch = map[string]string{"/src": dir}, []string{"/src/dist"}
		o := b.run(j)
		require.Equal(t, Succeeded, o.Status, "%s: %+v", name, o)
		require.Equal(t, []string{want}, o.Tail, name)
	}
	text, err := os.ReadFile(filepath.Join(dir, "a"))
	require.NoError(t, err)
	require.Equal(t, "text", string(text))
	b.gone()
}
