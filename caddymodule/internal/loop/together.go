package loop

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// together is how long what could be published waits for the other half of the
// same save: a page that is new must not meet a handler that is old when both
// were checked out at once. Only what is bundled in process is waited for, as
// that takes milliseconds.
const together = 300 * time.Millisecond

// halves is what waits to be published with what is still being bundled.
type halves struct {
	waiting  bool
	patience time.Duration
	over     *time.Timer
}

// publishTogether publishes what was made, or was put off, unless something is
// being bundled.
func (l *Loop) publishTogether(ctx context.Context, made bool) {
	if (made || l.halves.waiting) && !l.putOff() {
		l.publishMeanwhile(ctx)
	}
}

// putOff says that publishing waits for a target. That may be the one whose
// result was just taken: it can be due again, which the builder tells when it
// is done with this one.
func (l *Loop) putOff() bool {
	busy := l.bundles(event.UI) || l.bundles(event.Handler)
	if !busy {
		l.halves.waiting = false
		l.halves.over.Stop()
		return false
	}
	if !l.halves.waiting {
		l.halves.waiting = true
		l.halves.over.Reset(l.halves.patience)
	}
	return true
}

// bundles says that a target is being bundled in process.
func (l *Loop) bundles(target event.Target) bool {
	if !l.builder.Busy(target) {
		return false
	}
	how, ok := l.recipes.Load(target)
	return ok && how.(recipe).bundler != nil
}
