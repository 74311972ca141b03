package watch

import "time"

// lead is how long after an event nothing may happen before the save counts
// as complete. The events of one save arrive within 40 µs of each other. The
// system's timers count whole milliseconds: 1.5 of them last 2, and fewer
// than 1 last 1.
const lead = time.Millisecond

// burst is a run of events that are handed on together. The zero value is a
// calm.
type burst struct {
	first, last time.Time
	leading     bool // followed a calm, and may be handed on before the quiet period
}

func (b *burst) open() bool { return !b.first.IsZero() }

// add takes events that happened between two times. The burst leads when
// nothing has happened for a while before.
func (b *burst) add(first, last, previous time.Time, quiet time.Duration) {
	if !b.open() {
		b.first, b.leading = first, first.Sub(previous) >= quiet
	}
	if last.After(b.last) {
		b.last = last
	}
}

// due gives when to look at what has happened.
func (b *burst) due(quiet, longest time.Duration) time.Time {
	wait := quiet
	if b.leading {
		wait = lead
	}
	due, latest := b.last.Add(wait), b.first.Add(longest)
	if due.After(latest) {
		return latest
	}
	return due
}
