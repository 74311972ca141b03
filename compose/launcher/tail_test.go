package launcher

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestTail_of_a_worker_that_is_gone_as_it_ends_is_whole(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	long := strings.Repeat("x", 40_000)
	for range 5 {
		var told []string
		j := b.job("lines", "60", "say", long)
		j.Output = func(line string) { told = append(told, line) }
		o := b.run(j)
		require.Equal(t, Succeeded, o.Status)
		require.Len(t, told, 61)
		require.Equal(t, told[11:], o.Tail)
		require.Equal(t, "line 12", o.Tail[0])
		require.Equal(t, long, o.Tail[49])
	}
	b.gone()
}
