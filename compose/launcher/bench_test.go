package launcher

import (
	"testing"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

// BenchmarkJob is what a worker costs beside its work: from the launch until it is
// removed, and its snapshot there.
func BenchmarkJob(b *testing.B) {
	for name, snapshot := range map[string]bool{"without_snapshot": false, "with_snapshot": true} {
		b.Run(name, func(b *testing.B) {
			l := open(b, enginetest.Engine(b), Config{})
			for b.Loop() {
				j := l.job("write", "/cache", "x")
				j.Snapshot = snapshot
				if o := l.run(j); o.Status != Succeeded {
					b.Fatal(o)
				}
			}
		})
	}
}
