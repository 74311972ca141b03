package loop

import (
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

const (
	mostSaved  = 20  // files that an entry of the history names as its cause
	mostNoted  = 100 // changed files that it names
	mostFailed = 20  // failures that are kept
)

// Failure is a build that came to nothing.
type Failure struct {
	Target  event.Target
	At      time.Time
	Took    time.Duration // since the save that led to it, or the wish
	Saved   []string      // files that were saved since the last build, sorted
	Problem string        // the first one
}

// Builds are the builds that are kept, the newest first. Content that came up
// again stands where it did last.
func (l *Loop) Builds() []bundle.Entry { return l.history.List() }

// remember makes c the newest build of the history. What changed is against
// the newest until then, as an earlier one may have answered meanwhile; of the
// first build nobody knows, and to read the one on disk would take a start's
// time.
func (l *Loop) remember(c Candidate, now time.Time) {
	why := bundle.Cause{Saved: c.saved[:min(len(c.saved), mostSaved)]}
	if l.newest != nil {
		changed := c.Bundle.Changed(l.newest)
		why.Changed = changed[:min(len(changed), mostNoted)]
	}
	l.newest = c.Bundle
	if !c.began.IsZero() {
		why.Took = now.Sub(c.began)
	}
	l.history.Add(c.Bundle, now, why)
	l.sourceMaps[c.Hash] = c.SourceMap
	for hash := range l.sourceMaps {
		if !slices.ContainsFunc(l.history.List(), func(e bundle.Entry) bool { return e.Hash == hash }) {
			delete(l.sourceMaps, hash)
		}
	}
}

func (l *Loop) noteFailure(target event.Target, problems []event.Problem) {
	saved := l.savedNames()
	failure := Failure{Target: target, At: time.Now(), Saved: saved[:min(len(saved), mostSaved)]}
	if !l.began.IsZero() {
		failure.Took = failure.At.Sub(l.began)
	}
	if len(problems) > 0 {
		failure.Problem = problems[0].String()
	}
	l.failed = append(slices.Clone(l.failed[max(0, len(l.failed)-mostFailed+1):]), failure)
}
