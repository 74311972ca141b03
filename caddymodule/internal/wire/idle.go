package wire

import (
	"sync"
	"time"
)

// idle are the connections that nobody uses, the last used one first.
type idle struct {
	most    int
	timeout time.Duration

	mu     sync.Mutex
	lines  []*line // the longest unused one first
	reaper *time.Timer
	age    int // how often all were closed
}

// take gives a connection that was used a moment ago, or nil. What is too old by
// the clock on the wall is closed: the timer stands still while a machine sleeps,
// and what a router forgot meanwhile looks quiet.
func (i *idle) take() *line {
	i.mu.Lock()
	defer i.mu.Unlock()
	for last := len(i.lines) - 1; last >= 0; last-- {
		l := i.lines[last]
		i.lines[last] = nil
		i.lines = i.lines[:last]
		if i.timeout <= 0 || time.Now().Round(0).Sub(l.since) < i.timeout {
			return l
		}
		l.conn.Close()
	}
	return nil
}

// keep takes l back; it is false when l is to be closed.
func (i *idle) keep(l *line) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if l.age != i.age || len(i.lines) >= i.most {
		return false
	}
	l.used, l.since = true, time.Now()
	i.lines = append(i.lines, l)
	if i.reaper == nil && i.timeout > 0 {
		i.reaper = time.AfterFunc(i.timeout, i.reap)
	}
	return true
}

// reap closes what was idle for too long, and comes again for the rest.
func (i *idle) reap() {
	i.mu.Lock()
	defer i.mu.Unlock()
	old := 0
	for old < len(i.lines) && time.Since(i.lines[old].since) >= i.timeout {
		i.lines[old].conn.Close()
		old++
	}
	kept := copy(i.lines, i.lines[old:])
	clear(i.lines[kept:])
	i.lines = i.lines[:kept]
	if kept == 0 {
		i.reaper = nil
		return
	}
	i.reaper.Reset(i.timeout - time.Since(i.lines[0].since))
}

// clear closes all there are, and has those that are in use closed after it.
func (i *idle) clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.age++
	for _, l := range i.lines {
		l.conn.Close()
	}
	clear(i.lines)
	i.lines = i.lines[:0]
	if i.reaper != nil {
		i.reaper.Stop()
		i.reaper = nil
	}
}

// now is the age that a new connection has.
func (i *idle) now() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.age
}
