package launcher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// attempts is how often Dispatch tries to start a worker.
const attempts = 4

// Dispatch is Launch for those who would rather wait than do without: what may be
// another way a moment later, such as an engine that is away or places that are
// taken, is tried four times, with a pause between that doubles. What the job
// itself is to blame for is an error at once.
func (l *Launcher) Dispatch(ctx context.Context, j Job) (*Worker, error) {
	pause := l.cfg.Pause
	for n := 1; ; n++ {
		w, err := l.Launch(ctx, j)
		if err == nil || terminal(err) || ctx.Err() != nil || l.ctx.Err() != nil {
			return w, err
		}
		if n == attempts {
			l.capture(Capture{Source: SourceSpawn, Job: j, Err: err})
			return nil, fmt.Errorf("%w (the last of %d attempts)", err, attempts)
		}
		l.cfg.Log.Warn("starting a worker failed; it is tried again", "job", j.ID, "attempt", n, "pause", pause, "error", err)
		if !l.sleep(ctx, pause) {
			return nil, err
		}
		pause *= 2
		l.undo(j) // an engine that went away may have made one all the same
	}
}

// terminal says that another attempt would meet the same error.
func terminal(err error) bool {
	var own *Error
	if errors.As(err, &own) {
		return own.Code != CodeSlotTimeout
	}
	return errors.Is(err, errClosed) || errors.Is(err, errTwice) || docker.Is(err,
		docker.CodeImageNotFound, docker.CodeInvalid, docker.CodeCommandNotFound, docker.CodeMountNotFound, docker.CodeUnsupported)
}

// sleep is false when one of the two contexts ended first.
func (l *Launcher) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-l.ctx.Done():
	}
	return false
}
