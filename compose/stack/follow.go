package stack

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/same-origin/devproxy/compose/docker"
)

// follower reads the logs of a service over all its containers: it learns of them
// from the engine's events and, for those this process makes, before they start.
type follower struct {
	stack   *Stack
	service string
	opts    LogOptions
	lines   chan LogLine

	ctx   context.Context // of the follow; read by the tails it starts
	group *errgroup.Group

	mu    sync.Mutex
	tails map[string]*tail
	ended bool // no more readers may begin
}

// follow runs until the context ends or emit asks for no more.
func (s *Stack) follow(ctx context.Context, service string, opts LogOptions, emit func(LogLine) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	f := &follower{
		stack: s, service: service, opts: opts, lines: make(chan LogLine, 64),
		ctx: ctx, group: group, tails: map[string]*tail{},
	}
	s.followers.add(f)
	defer s.followers.drop(f)
	group.Go(func() error { return f.discover(ctx) })
	for {
		select {
		case l := <-f.lines:
			if !emit(l) {
				cancel()
				return f.end()
			}
		case <-ctx.Done():
			return f.end()
		}
	}
}

// end waits for the readers; the context has ended before.
func (f *follower) end() error {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	return f.group.Wait()
}

// discover attaches to what is there and to what comes, over reconnections.
func (f *follower) discover(ctx context.Context) error {
	labels := f.stack.ours(f.service)
	begun := time.Now()
	first := true
	session := func(since time.Time, seen func(docker.Event)) error {
		var listed error
		err := f.stack.Engine.Events(ctx, labels, since, func() {
			listed = f.list(ctx, labels, first, begun)
			first = first && listed != nil
		}, func(event docker.Event) {
			seen(event)
			f.event(event)
		})
		if listed != nil {
			return listed
		}
		return err
	}
	return reconnect(ctx, session, func(error) {})
}

// list attaches to every container there is; only those of the first time have a
// tail to cut, later ones are read whole.
func (f *follower) list(ctx context.Context, labels map[string]string, first bool, begun time.Time) error {
	known := f.attached() // before the list: what is made meanwhile is not in it
	containers, err := f.stack.Engine.Containers(ctx, labels)
	if err != nil {
		return err
	}
	for id, t := range known { // nobody told of their end, where the engine was away
		if !slices.ContainsFunc(containers, func(c docker.Container) bool { return c.ID == id }) {
			t.finish()
		}
	}
	for _, c := range containers {
		opts := LogOptions{Since: f.opts.Since}
		if first && c.Created.Before(begun) {
			opts.Tail = f.opts.Tail
		}
		f.attach(c, opts).wake()
	}
	return nil
}

// attached are the readers there are.
func (f *follower) attached() map[string]*tail {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.tails)
}

func (f *follower) event(event docker.Event) {
	switch event.Action {
	case docker.ActionStart:
		if t := f.find(event.Container); t != nil {
			t.wake()
			return
		}
		if c, err := f.stack.Engine.Inspect(f.ctx, event.Container); err == nil {
			f.attach(c, LogOptions{Since: f.opts.Since}).wake()
		}
	case docker.ActionDestroy:
		// One that came and went unnoticed may have left some lines all the same.
		f.attach(docker.Container{ID: event.Container, Labels: event.Labels}, LogOptions{Since: f.opts.Since}).finish()
	}
}

func (f *follower) find(id string) *tail {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tails[id]
}

// attach starts one reader for a container, once.
func (f *follower) attach(c docker.Container, opts LogOptions) *tail {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tails[c.ID]; t != nil {
		return t
	}
	t := newTail(f, c, opts)
	f.tails[c.ID] = t
	if f.ended {
		close(t.done)
		return t
	}
	f.group.Go(func() error {
		defer close(t.done)
		return t.run(f.ctx)
	})
	return t
}
