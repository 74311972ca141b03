package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShorten_empties_a_log_that_others_go_on_appending_to(t *testing.T) {
	file := filepath.Join(t.TempDir(), "up.log")
	log, err := openLog(file)
	require.NoError(t, err)
	defer log.Close()
	for i := range 100 {
		fmt.Fprintf(log, "line %d\n", i)
	}
	require.NoError(t, shorten(file, 1000))
	assert.Equal(t, 100, strings.Count(readAll(t, file), "\n"), "it is small enough")

	require.NoError(t, shorten(file, 100))
	fmt.Fprintln(log, "after")
	assert.Equal(t, "after\n", readAll(t, file))
	kept := readAll(t, file+".1")
	assert.True(t, strings.HasPrefix(kept, "line 8"), kept)
	assert.True(t, strings.HasSuffix(kept, "\nline 99\n"), kept)
	assert.LessOrEqual(t, len(kept), 100)

	require.NoError(t, os.Remove(file))
	require.NoError(t, shorten(file, 100), "it need not be there")
}

func TestShorten_keeps_the_end_of_a_line_that_is_too_long(t *testing.T) {
	for name, end := range map[string]string{"one that goes on": "", "one that has ended": "\n"} {
		file := filepath.Join(t.TempDir(), "up.log")
		require.NoError(t, os.WriteFile(file+".1", []byte("what was kept before\n"), 0o600))
		require.NoError(t, os.WriteFile(file, []byte("first\n"+strings.Repeat("x", 200)+"the end"+end), 0o600))
		require.NoError(t, shorten(file, 100), name)
		assert.Empty(t, readAll(t, file), name)
		kept := readAll(t, file+".1")
		assert.Len(t, kept, 100, name)
		assert.True(t, strings.HasSuffix(kept, "xxthe end"+end), "%s: %s", name, kept)
	}
}

func readAll(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}
