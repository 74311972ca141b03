package record

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRemove_takes_what_is_kept_and_nothing_of_others(t *testing.T) {
	parent := t.TempDir()
	for _, others := range []bool{false, true} {
		dir := filepath.Join(parent, "executes")
		d, err := openDisk(dir)
		require.NoError(t, err)
		for _, name := range []string{executesName, usageName} {
			require.NoError(t, d.replace(name, []byte("{}")))
		}
		if others {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600))
		}
		require.NoError(t, Remove(dir))
		require.NoError(t, Remove(dir), "twice is no error")
		left, _ := filepath.Glob(filepath.Join(parent, "*", "*"))
		if others {
			assert.Equal(t, []string{filepath.Join(dir, "thesis.txt")}, left)
		} else {
			assert.NoDirExists(t, dir)
		}
	}
}
