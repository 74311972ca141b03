package build

import "time"

const (
	calm    = 100 * time.Millisecond // changes closer together are a burst
	longest = 2500 * time.Millisecond
)

// pace says when a build is due: at once after a single change, and when a
// burst of them has calmed down, but not later than its longest wait. The zero
// value has seen nothing.
type pace struct {
	last  time.Time // the latest change
	since time.Time // when the burst, or the wait in it, began
	due   time.Time
}

// change notes a change; patience is what its build is to wait anyway.
func (p *pace) change(now time.Time, patience time.Duration) {
	if p.last.IsZero() || now.Sub(p.last) >= calm {
		p.since, p.due = now, now.Add(patience)
	} else {
		p.due = now.Add(max(calm, patience))
		if latest := p.since.Add(longest); p.due.After(latest) {
			p.due = latest
		}
	}
	p.last = now
}

// built notes that a build began: what comes now waits anew.
func (p *pace) built(now time.Time) { p.since = now }
