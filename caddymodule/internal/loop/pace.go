package loop

import "time"

const (
	// burst is how soon after a batch another makes it a burst: faster than
	// anybody saves by hand.
	burst = 100 * time.Millisecond
	// longestBurst bounds how long a burst may hold a build back.
	longestBurst = 2500 * time.Millisecond
)

// pace says when to act on a batch of changes: at once on the first, and on
// those of a burst when it is over. Nobody looks at what is replaced within
// a moment, and each build costs.
type pace struct {
	last  time.Time // when the newest batch came
	since time.Time // when the changes that wait began; zero when none do
}

// arrive takes a batch at now, and gives how long to wait before acting.
func (p *pace) arrive(now time.Time) time.Duration {
	quick := !p.last.IsZero() && now.Sub(p.last) < burst
	p.last = now
	if !quick && p.since.IsZero() {
		return 0
	}
	if p.since.IsZero() {
		p.since = now
	}
	return max(min(burst, p.since.Add(longestBurst).Sub(now)), 0)
}

// acted says that what waited has been acted on.
func (p *pace) acted() { p.since = time.Time{} }
