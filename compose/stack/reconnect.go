package stack

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// The pauses between attempts to listen to an engine that is away.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 2 * time.Second
)

// session listens until the connection is lost; it reports each event it has
// seen. since is the time of the last one of all sessions.
type session func(since time.Time, seen func(docker.Event)) error

// reconnect runs sessions until the context ends; lost hears why each one did.
func reconnect(ctx context.Context, run session, lost func(error)) error {
	var since time.Time
	pause := firstPause
	for {
		begun := time.Now()
		err := run(since, func(event docker.Event) { since = event.Time })
		if ctx.Err() != nil {
			return nil
		}
		lost(err)
		if time.Since(begun) > lastPause {
			pause = firstPause
		}
		if !sleep(ctx, pause) {
			return nil
		}
		pause = min(2*pause, lastPause)
	}
}

// sleep waits, and reports false when the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
