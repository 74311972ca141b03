package stack

import (
	"context"
	"sync"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// tail reads the log of one container over its starts and over reconnections.
type tail struct {
	follower  *follower
	container docker.Container
	query     docker.LogQuery
	cursor    cursor
	started   chan struct{} // one slot: there may be something to read
	ending    chan struct{} // closed: read to the end, then stop
	endOnce   sync.Once
	done      chan struct{}
}

func newTail(f *follower, c docker.Container, opts LogOptions) *tail {
	q := query(c, opts)
	q.Follow = true
	return &tail{
		follower: f, container: c, query: q,
		started: make(chan struct{}, 1), ending: make(chan struct{}), done: make(chan struct{}),
	}
}

// wake says that the container has started, or may have.
func (t *tail) wake() {
	select {
	case t.started <- struct{}{}:
	default:
	}
}

// finish says that the container has ended for good.
func (t *tail) finish() { t.endOnce.Do(func() { close(t.ending) }) }

// run reads whenever the container starts, and a last time when it is to go. What
// a read misses because the engine went away, the next one catches up.
func (t *tail) run(ctx context.Context) error {
	for {
		select {
		case <-t.started:
			t.read(ctx)
		case <-t.ending:
			t.query.Follow = false
			t.read(ctx)
			t.readRemains(ctx)
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// read goes on behind the last line. Its errors are not ours to act on: the
// engine's return, or the container's end, comes as an event.
func (t *tail) read(ctx context.Context) {
	if !t.cursor.at.IsZero() {
		t.query.Since, t.query.Tail = t.cursor.at, -1
	}
	_ = t.follower.stack.Engine.Logs(ctx, t.container.ID, t.query, t.pass(ctx))
}

// readRemains goes on where the engine's log was cut off by the removal of the
// container.
func (t *tail) readRemains(ctx context.Context) {
	left, emit := t.query.Tail, t.pass(ctx)
	var lines []docker.LogLine
	_ = t.follower.stack.remains.read(t.container.ID, func(l docker.LogLine) error {
		if !l.Time.Before(t.query.Since) {
			lines = append(lines, l)
		}
		return nil
	})
	if t.cursor.at.IsZero() && left >= 0 && left < len(lines) {
		lines = lines[len(lines)-left:]
	}
	for _, l := range lines {
		if emit(l) != nil {
			return
		}
	}
}

// pass sends the lines behind the last one on.
func (t *tail) pass(ctx context.Context) func(docker.LogLine) error {
	skip := t.cursor.replay()
	return func(l docker.LogLine) error {
		if skip(l.Time) {
			return nil
		}
		t.cursor.pass(l.Time)
		select {
		case t.follower.lines <- line(t.container, l):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cursor is how far a log has been read: the time of the last line, and how many
// lines of that very time were read.
type cursor struct {
	at    time.Time
	count int
}

func (c *cursor) pass(at time.Time) {
	switch {
	case at.After(c.at):
		c.at, c.count = at, 1
	case at.Equal(c.at):
		c.count++
	}
}

// replay tells which lines of a read that begins at the cursor were read before.
func (c *cursor) replay() func(time.Time) bool {
	at, left := c.at, c.count
	return func(t time.Time) bool {
		if at.IsZero() || t.After(at) {
			return false
		}
		if t.Equal(at) && left == 0 {
			return false
		}
		if t.Equal(at) {
			left--
		}
		return true
	}
}
