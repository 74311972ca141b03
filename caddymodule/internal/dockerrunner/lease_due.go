package dockerrunner

import (
	"strconv"
	"time"
)

// maxRetry is the longest pause between attempts to remove a container.
const maxRetry = 15 * time.Minute

// due is when a container is to be removed; false: never.
func (l *leases) due(c listed) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seconds, err := strconv.ParseInt(c.Labels[ttlLabel], 10, 64)
	if err != nil || seconds <= 0 || seconds > maxTTL {
		return time.Time{}, false
	}
	used := time.Unix(c.Created, 0)
	if at, ok := l.state.Used[c.ID]; ok {
		used = at
	}
	if l.active[c.ID] > 0 {
		used = time.Now()
	}
	due := used.Add(time.Duration(seconds) * time.Second)
	if next := l.failures[c.ID].next; next.After(due) {
		due = next
	}
	return due, true
}

// failed puts the next attempt off, for twice as long each time.
func (l *leases) failed(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.failures[id]
	a.count++
	pause := maxRetry
	if a.count < 10 {
		pause = min(time.Second<<a.count, maxRetry)
	}
	a.next = time.Now().Add(pause)
	l.failures[id] = a
}

// known are the containers that the file speaks of.
func (l *leases) known() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for id := range l.state.Used {
		ids = append(ids, id)
	}
	return ids
}

// forget drops what is said of containers that are gone.
func (l *leases) forget(ids []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		delete(l.state.Used, id)
		delete(l.written, id)
		delete(l.failures, id)
	}
	if len(ids) == 0 {
		return nil
	}
	return l.write()
}

// begin notes that a command runs in a container, and its end.
func (l *leases) begin(id string, by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.active[id] += by; l.active[id] <= 0 {
		delete(l.active, id)
	}
}
