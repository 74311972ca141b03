package launcher

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// pulling bounds how long an image may take to come.
const pulling = 5 * time.Minute

// spawn starts a job from its snapshot, if there is one. A snapshot that is gone
// is given up, and the job started from its image, once.
func (l *Launcher) spawn(ctx context.Context, j Job) (*Worker, error) {
	snapshot, found := l.fresh(ctx, j, time.Now())
	if !found {
		return l.spawnBase(ctx, j)
	}
	w, err := l.start(ctx, j, snapshot.Image, true)
	if !docker.Is(err, docker.CodeImageNotFound) {
		return w, err
	}
	l.cfg.Log.Warn("starting a worker from its image, as its snapshot is gone", "job", j.ID, "snapshot", snapshot.Image)
	l.forget(snapshot.Image)
	w, err = l.spawnBase(ctx, j)
	if err != nil {
		l.capture(Capture{Source: SourceSpawnFallback, Job: j, Err: err})
	}
	return w, err
}

// spawnBase starts a job from its own image, which is fetched once when it is
// not there, unless it is one of this machine.
func (l *Launcher) spawnBase(ctx context.Context, j Job) (*Worker, error) {
	w, err := l.start(ctx, j, j.Image, false)
	if docker.Is(err, docker.CodeImageNotFound) && !j.Local {
		if err = l.pull(ctx, j.Image); err == nil {
			w, err = l.start(ctx, j, j.Image, false)
		}
	}
	if docker.Is(err, docker.CodeImageNotFound) {
		l.capture(Capture{Source: SourceSpawn, Job: j, Err: err})
	}
	return w, err
}

// pull fetches an image, once for all who wait for it.
func (l *Launcher) pull(ctx context.Context, image string) error {
	done := l.pulls.DoChan(image, func() (any, error) {
		// the launcher's context: who asked first may leave
		ctx, cancel := context.WithTimeout(l.ctx, pulling)
		defer cancel()
		return nil, l.engine.PullImage(ctx, image, "", nil)
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}
