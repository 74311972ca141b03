package launcher

import (
	"context"
	"slices"

	"github.com/same-origin/devproxy/compose/docker"
)

// adopt takes up the workers of an earlier launcher. Those that ended meanwhile
// are looked at and removed as any other.
func (l *Launcher) adopt(ctx context.Context) error {
	left, err := l.engine.Containers(ctx, l.ours())
	if err != nil {
		return err
	}
	l.change(func(k *kept) {
		for id := range k.Ending {
			if !slices.ContainsFunc(left, func(c docker.Container) bool { return c.ID == id }) {
				delete(k.Ending, id)
			}
		}
	})
	for _, c := range left {
		if c.State == "created" { // its start was cut off
			if err := l.engine.DiscardContainer(ctx, c.ID); err != nil {
				return err
			}
			continue
		}
		if err := l.adoptOne(c); err != nil {
			return err
		}
	}
	return nil
}

func (l *Launcher) adoptOne(c docker.Container) error {
	_, reused := l.snapshot(c.Image)
	w := l.newWorker(jobOf(c), c.ID, c.Image, reused, secretsOf(c))
	// those beyond the number of places run all the same
	w.started, w.adopted, w.place = c.Started, true, l.slots.TryAcquire(1)
	w.resume = l.endingOf(c.ID)
	exit := make(chan docker.Exit, 1)
	if err := l.watch(w, exit); err != nil {
		return err
	}
	l.cfg.Log.Info("taking up a worker", "job", w.job.ID, "state", c.State)
	l.task(func() {
		code, err := l.engine.WaitExit(w.ctx, c.ID)
		exit <- docker.Exit{Code: code, Err: err}
	})
	return nil
}
