// timeline.go contains how events of the change loops become runs.

package dashboard

import (
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// timeline is not safe for concurrent use.
type timeline struct {
	kept []*Run          // oldest first
	open map[string]*Run // the newest of each extension
}

func newTimeline() timeline { return timeline{open: map[string]*Run{}} }

// apply gives the run that changed; nil when none did.
func (t *timeline) apply(e event.Event) *Run {
	switch e := e.(type) {
	case event.BuildStarted:
		run := t.current(e.Extension, e.At)
		run.change(e.Changed)
		run.begin(Step{Name: "build", Target: string(e.Target), From: e.At, number: e.Number})
		return run
	case event.BuildEnded:
		return t.ended(e.Extension, e.Number, e.At)
	case event.BuildFailed:
		return t.failed(e)
	case event.Preparing:
		return t.preparing(e)
	case event.Published:
		return t.published(e)
	}
	return nil
}

// current is the run that goes on, or a new one.
func (t *timeline) current(extension string, at time.Time) *Run {
	if run := t.open[extension]; run != nil && run.Outcome == Building && len(run.Steps) < mostSteps {
		return run
	}
	run := &Run{Extension: extension, Began: at, Outcome: Building, Steps: []Step{}}
	t.open[extension] = run
	t.kept = append(t.kept, run)
	if len(t.kept) > keptRuns {
		t.kept = slices.Delete(t.kept, 0, 1)
	}
	return run
}

// preparing belongs to the run before when that is published already.
func (t *timeline) preparing(e event.Preparing) *Run {
	run := t.open[e.Extension]
	if run == nil || run.Build != e.Build {
		run = t.current(e.Extension, e.At)
		run.until(e.At)
	}
	run.begin(Step{Name: "prepare", From: e.At})
	return run
}

func (t *timeline) ended(extension string, number int, at time.Time) *Run {
	run := t.open[extension]
	if step := run.step(number); step != nil && step.To.IsZero() {
		step.To = at
		return run
	}
	return nil
}

// failed ends a run. Failures that are told again, for pages that forget, are
// those of a run that has ended.
func (t *timeline) failed(e event.BuildFailed) *Run {
	run := t.open[e.Extension]
	step := run.step(e.Number)
	switch {
	case step != nil && step.Failed, run != nil && run.Outcome == Failed && run.Ended.Equal(e.At):
		return nil
	case step == nil:
		run = t.current(e.Extension, e.At)
		run.end(e.At)
	default:
		step.To, step.Failed = e.At, true
	}
	run.Outcome, run.Ended = Failed, e.At
	if len(e.Problems) > 0 {
		run.Problem = e.Problems[0].String()
	}
	return run
}

func (t *timeline) published(e event.Published) *Run {
	run := t.open[e.Extension]
	if e.Earlier || (run != nil && run.Outcome == Earlier && e.SavedAt.IsZero()) {
		return t.used(run, e)
	}
	switch {
	case run != nil && run.Outcome == Building:
	case run != nil && run.Build == e.Build, e.SavedAt.IsZero() && run != nil:
		if run.end(e.At) { // it was published before its handler was compiled
			return run
		}
		return nil // told again
	default:
		began := e.SavedAt
		if began.IsZero() {
			began = e.At
		}
		run = t.current(e.Extension, began)
	}
	run.published(e)
	return run
}

// used is that an earlier build answers, or the working tree again.
func (t *timeline) used(run *Run, e event.Published) *Run {
	if run != nil && run.Build == e.Build {
		return nil // told again
	}
	run = t.current(e.Extension, e.At)
	run.published(e)
	if e.Earlier {
		run.Outcome = Earlier
	}
	return run
}

// shown notes that a page has loaded a file of build.
func (t *timeline) shown(build string, began, ended time.Time) *Run {
	if build == "" {
		return nil
	}
	for _, run := range t.open {
		if run.Build == build && (run.Outcome == Published || run.Outcome == Earlier) && !run.reloaded && !began.Before(run.Ended) && began.Sub(run.Ended) < longestReload {
			run.reloaded = true
			run.Steps = append(run.Steps, Step{Name: "reload", From: run.Ended, To: ended})
			return run
		}
	}
	return nil
}

// runs gives copies, oldest first.
func (t *timeline) runs() []Run {
	out := make([]Run, 0, len(t.kept))
	for _, run := range t.kept {
		copied := *run
		copied.Steps = slices.Clone(run.Steps)
		out = append(out, copied)
	}
	return out
}
