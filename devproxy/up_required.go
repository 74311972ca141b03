package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// awaitRequired waits for a backend that is not optional and that Caddy could
// not ask before it started: its containers, or its cluster, come up with us.
// Whether one at a URL answers is known by then.
func awaitRequired(ctx context.Context, a *admin) error {
	tick := time.NewTicker(waitPause)
	defer tick.Stop()
	for {
		var now runnerstatus.Snapshot
		if err := a.status(ctx, &now); err != nil {
			return err
		}
		b := selectedOf(now)
		switch {
		case b == nil, b.Optional, b.Status == "up":
			return nil
		case b.Status == "down" && b.Error != nil && b.Error.Code != "runner_starting":
			return &fault{Code: "runner_required", Exit: exitRunner, Err: fmt.Errorf("backend %s is not optional and does not answer: %s", b.Name, b.Error.Message),
				Fix: "mend it, or set DOCKER_RUNNER_OPTIONAL=true to start without it"}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(errors.New("waiting for the runner"), ctx.Err())
		}
	}
}

func selectedOf(now runnerstatus.Snapshot) *runnerstatus.Backend {
	for i := range now.Backends {
		if now.Backends[i].Selected {
			return &now.Backends[i]
		}
	}
	return nil
}
