package caddymodule

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

const (
	// followed is how many events may wait: what they say is looked up anyway.
	followed = 64
	// followPause is how often the state is told at most, followGlance at least:
	// not all of it has events.
	followPause, followGlance = 100 * time.Millisecond, time.Second
)

// Follow tells the state of the runner that lives in this process, at once and
// whenever something has happened, until ctx or the runner ends. It may tell
// the same twice.
func Follow(ctx context.Context, tell func(runnerstatus.Snapshot)) {
	if e := live.Load(); e != nil {
		follow(ctx, e, tell)
	}
}

func follow(ctx context.Context, e *engine.Engine, tell func(runnerstatus.Snapshot)) {
	news := e.Bus().Subscribe(followed)
	defer news.Close()
	glance := time.NewTicker(followGlance)
	defer glance.Stop()
	for {
		tell(e.Snapshot(defaultPrefix))
		select {
		case <-ctx.Done():
			return
		case <-time.After(followPause):
		}
		if !awaitNews(ctx, news.Events(), glance.C) {
			return
		}
	}
}

// awaitNews is false when there will be no more.
func awaitNews[E any](ctx context.Context, news <-chan E, glance <-chan time.Time) (more bool) {
	select {
	case <-ctx.Done():
		return false
	case <-glance:
		return true
	case _, more = <-news:
	}
	for more { // all that waits is one change
		select {
		case _, more = <-news:
		default:
			return true
		}
	}
	return false
}
