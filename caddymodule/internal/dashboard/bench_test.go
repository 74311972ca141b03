package dashboard

import (
	"fmt"
	"testing"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// BenchmarkGrowth_of_log_lines measures one more line after many, while
// somebody looks.
func BenchmarkGrowth_of_log_lines(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("lines=", n), func(b *testing.B) {
			board := New(new(event.Bus))
			defer board.Close()
			line := Line{Time: time.Now(), Level: "info", Source: "gateway", Message: "executed", Fields: "extension=acme.hello status=200 duration=3ms"}
			for range n {
				board.Log(line)
			}
			for b.Loop() {
				board.Log(line)
			}
		})
	}
}
