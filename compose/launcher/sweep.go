package launcher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// sweepEvery clears up until the context ends.
func (l *Launcher) sweepEvery(ctx context.Context) {
	ticker := time.NewTicker(l.cfg.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			l.sweep(ctx, now)
		}
	}
}

func (l *Launcher) sweep(ctx context.Context, now time.Time) {
	l.sweepOrphans(ctx, now)
	l.shelf.Lock()
	defer l.shelf.Unlock()
	l.evict(ctx, now)
	// what a snapshot leaves when the next one takes its name
	err := l.engine.PruneImages(ctx, map[string]string{LabelSnapshot: "true", LabelSnapshotOf: l.state.Instance})
	if err != nil && ctx.Err() == nil {
		l.capture(Capture{Source: SourceSnapshots, Warning: true, Err: err})
	}
}

// sweepOrphans ends the containers of ours that nobody watches, running or not,
// once they are older than they were allowed to get.
func (l *Launcher) sweepOrphans(ctx context.Context, now time.Time) {
	list, err := l.engine.Containers(ctx, l.ours())
	if err != nil {
		if ctx.Err() == nil {
			l.capture(Capture{Source: SourceOrphanScan, Err: err})
		}
		return
	}
	for _, c := range list {
		if l.orphaned(c, now) {
			l.endOrphan(ctx, c)
		}
	}
}

func (l *Launcher) orphaned(c docker.Container, now time.Time) bool {
	since := c.Started
	if since.IsZero() {
		since = c.Created
	}
	return !l.knows(c.ID) && now.Sub(since) >= jobOf(c).timeout(l.cfg)
}

func (l *Launcher) endOrphan(ctx context.Context, c docker.Container) {
	j, err := jobOf(c), error(nil)
	if c.Running() {
		err = l.engine.StopContainer(ctx, c.ID, j.grace())
	}
	err = errors.Join(err, l.engine.DiscardContainer(ctx, c.ID))
	if err != nil {
		l.cfg.Log.Warn("removing an orphaned worker", "job", j.ID, "error", err)
		return
	}
	l.change(func(k *kept) { delete(k.Ending, c.ID) })
	l.capture(Capture{Source: SourceOrphan, Warning: true, Job: j, Err: fmt.Errorf("running job %s: orphan cleanup: container stopped", j.ID)})
}
