package launcher

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// CodeSlotTimeout is of a job that found no place in time.
const CodeSlotTimeout = "slot_wait_timeout"

// undoing bounds what clears up after a start that failed.
const undoing = 20 * time.Second

// Launch starts a job's worker and returns once that runs; the job waits for a
// place first. The context ends the start only, see [Worker.Kill]. Of a start that
// fails nothing is left.
func (l *Launcher) Launch(ctx context.Context, j Job) (*Worker, error) {
	if err := l.takeSlot(ctx, j); err != nil {
		return nil, err
	}
	w, err := l.spawn(ctx, j)
	if err != nil {
		l.slots.Release(1)
	}
	return w, err
}

func (l *Launcher) takeSlot(ctx context.Context, j Job) error {
	waiting, cancel := context.WithTimeout(ctx, l.cfg.SlotWait)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	if l.slots.Acquire(waiting, 1) == nil {
		return nil
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("launching job %s: %w", j.ID, ctx.Err())
	case l.ctx.Err() != nil:
		return fmt.Errorf("launching job %s: %w", j.ID, errClosed)
	}
	return &Error{CodeSlotTimeout, fmt.Sprintf("launching job %s: all %d workers were busy for %v; try again later", j.ID, l.cfg.Workers, l.cfg.SlotWait)}
}

var errClosed = errors.New("the launcher is closed")

// start makes the container of a job from an image and starts it.
func (l *Launcher) start(ctx context.Context, j Job, image string, reused bool) (*Worker, error) {
	env, err := l.environment(ctx, j, reused)
	if err != nil {
		return nil, err
	}
	id, err := l.engine.CreateWorker(ctx, l.spec(j, image, env))
	if err != nil {
		if ctx.Err() != nil {
			l.undo(j) // the engine may have made it all the same
		}
		return nil, err
	}
	l.know(id, true)
	w := l.newWorker(j, id, image, reused, env.secrets)
	// the launcher's context: who started the worker may leave
	exit := l.engine.NextExit(w.ctx, id)
	if err = l.supply(ctx, id, j); err == nil && j.autoRemove() {
		w.output, err = l.engine.Attach(w.ctx, id) // its log goes with it
	}
	if err == nil {
		err = l.engine.StartContainer(ctx, id)
	}
	if err == nil {
		w.started = time.Now()
		err = l.watch(w, exit)
	}
	if err != nil {
		w.cancel()
		l.know(id, false)
		l.undo(j)
		return nil, err
	}
	return w, nil
}

func (l *Launcher) spec(j Job, image string, env environment) docker.WorkerSpec {
	memory := j.Memory
	if memory == 0 {
		memory = l.cfg.Memory
	}
	readOnly, scratch := j.ReadOnly, j.Scratch
	if l.elsewhere() {
		readOnly, scratch = nil, slices.Concat(slices.Sorted(maps.Keys(readOnly)), scratch)
	}
	return docker.WorkerSpec{
		Name: j.containerName(), Image: image, Labels: l.labels(j, env.secrets), Env: env.lines,
		Entrypoint: j.Entrypoint, Command: j.Command, WorkingDir: j.WorkingDir, Memory: memory, Network: j.Network,
		AutoRemove: j.autoRemove(), ReadOnly: readOnly, Scratch: scratch,
	}
}

// elsewhere says that the engine may not see the folders of this machine. Workers
// then get copies of them, which they may write to: nobody reads those.
func (l *Launcher) elsewhere() bool { return l.engine.Remote() != "" || l.engine.Through() }

// supply copies a job's folders to where they cannot be mounted. What the worker
// makes anew is left out.
func (l *Launcher) supply(ctx context.Context, id string, j Job) error {
	if !l.elsewhere() {
		return nil
	}
	for _, target := range slices.Sorted(maps.Keys(j.ReadOnly)) {
		var without []string
		for _, scratch := range j.Scratch {
			if inside, ok := strings.CutPrefix(scratch, target+"/"); ok {
				without = append(without, inside)
			}
		}
		if err := l.engine.CopyTree(ctx, id, target, j.ReadOnly[target], without); err != nil {
			return err
		}
	}
	return nil
}

// undo removes the containers of a job whose start failed.
func (l *Launcher) undo(j Job) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), undoing)
	defer cancel()
	labels := l.ours()
	labels[LabelJob] = j.ID
	left, err := l.engine.Containers(ctx, labels)
	for _, c := range left {
		if l.knows(c.ID) {
			continue
		}
		err = errors.Join(err, l.engine.DiscardContainer(ctx, c.ID))
	}
	if err != nil {
		l.cfg.Log.Warn("removing what a failed start left", "job", j.ID, "error", err)
	}
}

// know keeps the orphan scan from a container.
func (l *Launcher) know(id string, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known {
		l.known[id] = true
	} else {
		delete(l.known, id)
	}
}

func (l *Launcher) knows(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known[id]
}
