//go:build linux || darwin

package filetime

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClock_a_time_that_is_set_back_hides_no_write(t *testing.T) {
	for _, at := range []time.Time{unix0, far} {
		name := filepath.Join(t.TempDir(), "a")
		write := func(text string) os.FileInfo {
			require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
			require.NoError(t, os.Chtimes(name, at, at))
			info, err := os.Stat(name)
			require.NoError(t, err)
			return info
		}
		before := write("one")
		again, err := os.Stat(name)
		require.NoError(t, err)
		assert.True(t, Same(before, again), "nobody wrote")
		assert.Eventually(t, func() bool { return !Same(before, write("two")) }, 10*time.Second, time.Millisecond, "as soon as the system's clock ticks")
	}
}

func TestSettled_goes_by_the_last_change_where_the_time_was_set_back(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	before := time.Now()
	require.NoError(t, os.WriteFile(name, []byte("one"), 0o600))
	require.NoError(t, os.Chtimes(name, unix0, unix0))
	info, err := os.Stat(name)
	require.NoError(t, err)
	assert.False(t, Settled(info, before, time.Second), "it was written just then")
	assert.False(t, Settled(info, before.Add(time.Second/2), time.Second))
	assert.True(t, Settled(info, time.Now().Add(2*time.Second), time.Second))
	require.NoError(t, os.Chtimes(name, far, far))
	info, err = os.Stat(name)
	require.NoError(t, err)
	assert.False(t, Settled(info, time.Now().Add(time.Hour), time.Second), "nobody knows")
}
