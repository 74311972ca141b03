package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/same-origin/devproxy/compose/stack"
)

// startingPoll is how often a docker backend that starts is asked for its
// project.
const startingPoll = 100 * time.Millisecond

// openStarted waits, when it follows, for a docker backend that starts. No
// project and no error is one that nobody waits for any more, or for which
// there is nothing to show yet.
func (o *logsOptions) openStarted(ctx context.Context, stderr io.Writer) (*opened, error) {
	c, err := o.open(ctx)
	if !isStarting(err) {
		return c, err
	}
	fmt.Fprintln(stderr, "devproxy:", said(err))
	tick := time.NewTicker(startingPoll)
	defer tick.Stop()
	for o.follow && isStarting(err) {
		select {
		case <-ctx.Done():
			return nil, nil
		case <-tick.C:
			c, err = o.open(ctx)
		}
	}
	if isStarting(err) || ctx.Err() != nil {
		return nil, nil
	}
	return c, err
}

// nothingLogged says what was asked for in vain, and what would show more.
func nothingLogged(services []string, query stack.LogOptions) string {
	who := "no container"
	if len(services) > 0 {
		who = "no container of " + strings.Join(services, ", ")
	}
	if !query.Since.IsZero() {
		return fmt.Sprintf("%s has written anything since %s; leave --since out for all", who, query.Since.Format(time.RFC3339))
	}
	return who + " has written anything yet; --follow waits for it"
}
