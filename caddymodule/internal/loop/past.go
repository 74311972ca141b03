package loop

import (
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

const (
	mostSaved  = 20  // files that an entry of the history names as its cause
	mostNoted  = 100 // saves, or changed files, that are kept
	mostFailed = 20  // failures that are kept
)

// Failure is a build that came to nothing.
type Failure struct {
	Target  event.Target
	At      time.Time
	Took    time.Duration // since the save that led to it, or the wish
	Saved   []string      // files that were saved since the last build, oldest first
	Problem string        // the first one
}

// Builds are the builds that are kept, the newest first. Content that came up
// again stands where it did last.
func (l *Loop) Builds() []bundle.Entry { return l.history.List() }

// note takes down which files lead to the next build.
func (l *Loop) note(files []string) {
	l.saved = append(l.saved, files[:min(len(files), mostNoted-len(l.saved))]...)
}

// came forgets the files that led to c; those that were saved since are of
// the next build.
func (l *Loop) came(c Candidate) {
	l.saved = slices.Clone(l.saved[min(len(c.saved), len(l.saved)):])
}

// remember makes c the newest build of the history. What changed is against
// the newest until then, as an earlier one may have answered meanwhile; of the
// first build nobody knows, and to read the one on disk would take a start's
// time.
func (l *Loop) remember(c Candidate, now time.Time) {
	why := bundle.Cause{Saved: distinct(c.saved)}
	if l.newest != nil {
		changed := c.Bundle.Changed(l.newest)
		why.Changed = changed[:min(len(changed), mostNoted)]
	}
	l.newest = c.Bundle
	if !c.began.IsZero() {
		why.Took = now.Sub(c.began)
	}
	l.history.Add(c.Bundle, now, why)
	l.came(c)
	l.sourceMaps[c.Hash] = c.SourceMap
	for hash := range l.sourceMaps {
		if !slices.ContainsFunc(l.history.List(), func(e bundle.Entry) bool { return e.Hash == hash }) {
			delete(l.sourceMaps, hash)
		}
	}
}

// distinct names each file once, as often as it was saved.
func distinct(files []string) (once []string) {
	for _, file := range files {
		if !slices.Contains(once, file) && len(once) < mostSaved {
			once = append(once, file)
		}
	}
	return once
}

func (l *Loop) noteFailure(target event.Target, problems []event.Problem) {
	failure := Failure{Target: target, At: time.Now(), Saved: distinct(l.saved)}
	if !l.began.IsZero() {
		failure.Took = failure.At.Sub(l.began)
	}
	if len(problems) > 0 {
		failure.Problem = problems[0].String()
	}
	l.failed = append(slices.Clone(l.failed[max(0, len(l.failed)-mostFailed+1):]), failure)
}
