package filetime

import (
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	unix0 = time.Unix(0, 0)
	far   = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
)

func TestSame_goes_by_size_and_time_where_there_is_nothing_else(t *testing.T) {
	files := fstest.MapFS{"a": {Data: []byte("1"), ModTime: far}, "b": {Data: []byte("2"), ModTime: far}, "c": {Data: []byte("2"), ModTime: unix0}, "d": {Data: []byte("22"), ModTime: far}}
	info := func(name string) os.FileInfo {
		info, err := files.Stat(name)
		require.NoError(t, err)
		return info
	}
	assert.True(t, Same(info("a"), info("b")))
	assert.False(t, Same(info("a"), info("c")))
	assert.False(t, Same(info("a"), info("d")))
}
