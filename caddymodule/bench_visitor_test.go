// bench_visitor_test.go contains who asks a runner all the time while another
// takes its place.

package caddymodule

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// visitor asks one address, which answers with the mark of its program.
type visitor struct {
	b      *testing.B
	url    string
	newest atomic.Int64 // turn whose mark was waited for

	probes, failed, stale atomic.Int64
}

// begin asks every 20 ms until the benchmark ends: no save may make that fail,
// nor bring back a program from before the one that was seen.
func (v *visitor) begin() {
	ctx, cancel := context.WithCancel(v.b.Context())
	var running sync.WaitGroup
	v.b.Cleanup(func() { cancel(); running.Wait() })
	running.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				v.ask()
			}
		}
	})
}

// ask gives the mark that is answered, and counts what is wrong with it.
func (v *visitor) ask() string {
	v.probes.Add(1)
	newest := v.newest.Load()
	request, err := http.NewRequest(http.MethodGet, v.url, nil)
	require.NoError(v.b, err)
	mark, ok := answered(noRedirects, request)
	if !ok {
		v.failed.Add(1)
		return ""
	}
	if turnOf(mark) < newest {
		v.stale.Add(1)
	}
	return mark
}

// turnOf is 0 for the program from before the first turn.
func turnOf(mark string) (turn int64) {
	_, _ = fmt.Sscanf(mark, "mark%d", &turn)
	return turn
}

// await asks until the mark is answered.
func (v *visitor) await(mark string) {
	limit := time.After(waitLong)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for v.ask() != mark {
		select {
		case <-tick.C:
		case <-limit:
			require.Fail(v.b, "the program never answered", mark)
		}
	}
	v.newest.Store(turnOf(mark))
}

func (v *visitor) report(b *testing.B) {
	b.ReportMetric(float64(v.probes.Load()), "probes")
	b.ReportMetric(float64(v.failed.Load()), "failed")
	b.ReportMetric(float64(v.stale.Load()), "stale")
	if v.failed.Load() > 0 || v.stale.Load() > 0 {
		b.Errorf("%d requests failed and %d answers were stale", v.failed.Load(), v.stale.Load())
	}
}
