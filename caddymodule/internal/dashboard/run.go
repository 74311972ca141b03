package dashboard

import (
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// How a run stands.
const (
	Building  = "building"
	Published = "published"
	Unchanged = "unchanged" // the same content as before
	Failed    = "failed"
	Earlier   = "earlier" // one of the history answers in place of the newest
)

// Run is what one save came to, or one build that was asked for.
type Run struct {
	N         int64     `json:"n"`
	Extension string    `json:"extension"`
	Changed   []string  `json:"changed,omitempty"` // the first few files
	Began     time.Time `json:"began"`             // when the save was seen
	Steps     []Step    `json:"steps"`
	Build     string    `json:"build,omitempty"`
	Ended     time.Time `json:"ended,omitzero"` // when it was published or failed: a handler may be compiled, and a page come, later
	Outcome   string    `json:"outcome"`
	Problem   string    `json:"problem,omitempty"`

	reloaded bool
}

// Step is one bar: `save` until the build begins, `build` of a target,
// `publish`, `prepare` while the handler is compiled, `reload` until a page
// has loaded the first file.
type Step struct {
	Name   string    `json:"name"`
	Target string    `json:"target,omitempty"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"` // zero while it goes on
	Failed bool      `json:"failed,omitempty"`

	number int // of the build
}

const (
	// mostSteps keeps a run readable while somebody types without a pause.
	mostSteps = 24
	// mostChanged is how many files are named.
	mostChanged = 5
	// longestReload is how late a page's request is still one for the build.
	longestReload = 10 * time.Second
)

func (r *Run) change(files []string) {
	for _, file := range files {
		if len(r.Changed) < mostChanged && !slices.Contains(r.Changed, file) {
			r.Changed = append(r.Changed, file)
		}
	}
}

// begin adds step; of the same kind there is one at a time.
func (r *Run) begin(step Step) {
	for i := range r.Steps {
		if s := &r.Steps[i]; s.To.IsZero() && s.Name == step.Name && s.Target == step.Target {
			s.To = step.From
		}
	}
	r.Steps = append(r.Steps, step)
}

// step is the build of that number; nil when there is none, also of no run.
func (r *Run) step(number int) *Step {
	if r == nil || number == 0 {
		return nil
	}
	for i := range r.Steps {
		if r.Steps[i].number == number {
			return &r.Steps[i]
		}
	}
	return nil
}

// end ends the steps that go on, and says whether there were any.
func (r *Run) end(at time.Time) (any bool) {
	for i := range r.Steps {
		if r.Steps[i].To.IsZero() {
			r.Steps[i].To, any = at, true
		}
	}
	return any
}

// until adds the time from the end of the last build as `publish`.
func (r *Run) until(at time.Time) {
	from := r.Began
	for _, step := range r.Steps {
		if step.To.After(from) {
			from = step.To
		}
	}
	if at.After(from) {
		r.Steps = append(r.Steps, Step{Name: "publish", From: from, To: at})
	}
}

func (r *Run) published(e event.Published) {
	if !e.SavedAt.IsZero() && e.SavedAt.Before(r.Began) {
		r.Steps = append([]Step{{Name: "save", From: e.SavedAt, To: r.Began}}, r.Steps...)
		r.Began = e.SavedAt
	}
	if !r.end(e.At) {
		r.until(e.At)
	}
	r.change(e.Changed)
	r.Build, r.Outcome, r.Ended = e.Build, Published, e.At
	if len(e.Changed) == 0 && !e.SavedAt.IsZero() {
		r.Outcome = Unchanged
	}
}
