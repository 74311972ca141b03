package engine

import (
	"context"
	"time"
)

// beginning bounds how long requests wait for the first settings.
const beginning = 10 * time.Second

// Begun waits until the engine was given settings for the first time. Caddy
// accepts connections a moment before it says that it has started, and whoever
// asks then, such as a page that reloads after a restart, must not be told that
// nothing is loaded.
func (e *Engine) Begun(ctx context.Context) {
	select {
	case <-e.begun: // nearly always
		return
	default:
	}
	timer := time.NewTimer(beginning)
	defer timer.Stop()
	select {
	case <-e.begun:
	case <-timer.C:
	case <-ctx.Done():
	case <-e.ctx.Done():
	}
}

// settled lets those go on that wait in Begun.
func (e *Engine) settled() { e.beginOnce.Do(func() { close(e.begun) }) }
