// bench_race_test.go contains how contestants of a benchmark take turns, and
// what is reported of them.

package caddymodule

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// contestant is one way from a save to what it shows.
type contestant struct {
	name string
	// save makes a save that carries mark, and gives how long it took until
	// the mark was seen.
	save func(mark string) time.Duration
	laps []time.Duration
}

// apart is the time between two saves of a contestant: more than what any of
// them takes for a burst.
const apart = 120 * time.Millisecond

// race lets contestants take turns and reports, of each, the median and the
// 95th percentile in ms, and how often the first one's median is each other's.
func race(b *testing.B, contestants []*contestant) {
	b.Helper()
	turn := 0
	for b.Loop() {
		for _, c := range contestants {
			<-time.After(apart / time.Duration(len(contestants)))
			c.laps = append(c.laps, c.save(fmt.Sprintf("mark%d", turn)))
		}
		turn++
	}
	b.ReportMetric(0, "ns/op") // it would count the pauses
	for _, c := range contestants {
		slices.Sort(c.laps)
		b.ReportMetric(milliseconds(c.at(50)), "ms-p50/"+c.name)
		b.ReportMetric(milliseconds(c.at(95)), "ms-p95/"+c.name)
		if c != contestants[0] {
			b.ReportMetric(float64(contestants[0].at(50))/float64(c.at(50)), "x/"+c.name)
		}
	}
}

// at gives a percentile of the sorted laps.
func (c *contestant) at(percent int) time.Duration { return c.laps[(len(c.laps)-1)*percent/100] }

// reach reports the median as a share of its goal: up to 1 it is reached.
func reach(b *testing.B, c *contestant, goal time.Duration) {
	b.ReportMetric(float64(c.at(50))/float64(goal), "x/goal")
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// lacking skips what this machine cannot measure; where everything is supposed
// to be there, that is a failure.
func lacking(b testing.TB, reason string) {
	b.Helper()
	if os.Getenv("CI") == "true" {
		b.Fatal("CI=true allows no skip, but " + reason)
	}
	b.Skip(reason)
}
