// events.go contains what is counted of the event bus.

package metrics

import (
	"context"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Room is how many events may wait to be counted: a build's worth of output.
const Room = 4096

// Follow counts events until ctx ends or the bus is closed.
func (m *Metrics) Follow(ctx context.Context, news *event.Subscription) {
	news.Each(ctx, func(one event.Event) {
		m.count(one)
		m.missed.Add(float64(news.Missed()))
	})
}

func (m *Metrics) count(one event.Event) {
	switch v := one.(type) {
	case event.Published:
		m.published(v)
	case event.BuildFailed:
		m.builds.WithLabelValues(v.Extension, "failed").Inc()
	case event.Trapped:
		m.traps.WithLabelValues(v.Extension).Inc()
	case event.RunnerChanged:
		m.swaps.WithLabelValues(v.Backend).Inc()
	}
}

// published leaves the first build of all out of what pages are told of:
// nobody saved anything.
func (m *Metrics) published(v event.Published) {
	if v.Earlier {
		return // nothing was built
	}
	m.builds.WithLabelValues(v.Extension, "published").Inc()
	if v.SavedAt.IsZero() {
		return
	}
	m.buildSeconds.WithLabelValues(v.Extension).Observe(v.At.Sub(v.SavedAt).Seconds())
	if v.Scope != event.None {
		m.reloads.WithLabelValues(v.Extension, string(v.Scope)).Inc()
	}
}
