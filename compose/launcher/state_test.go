package launcher

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestState_is_for_its_owner_alone_and_what_is_wrong_with_it_is_told(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	info, err := os.Stat(b.cfg.StateFile)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	for _, text := range []string{"", "{", "{}", `{"instance":3}`} {
		file := b.cfg.StateFile + "x"
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := Open(t.Context(), b.engine, Config{StateFile: file})
		require.ErrorContains(t, err, file)
	}
}
