package trace

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// How much of one execution is kept.
const (
	mostCalls   = 200
	mostLines   = 200
	longestText = 2000
)

// Journal gathers the trace of an execution that goes on. A nil Journal
// gathers nothing. It is safe for concurrent use.
type Journal struct {
	began time.Time

	mu    sync.Mutex
	trace Trace
}

// NewJournal begins now.
func NewJournal() *Journal { return &Journal{began: time.Now()} }

// Step begins a step of the runner; the caller calls end.
func (j *Journal) Step(name string) (end func()) {
	if j == nil {
		return func() {}
	}
	began := time.Now()
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.trace.Steps = append(j.trace.Steps, Step{Name: name, At: j.at(began), MS: milliseconds(time.Since(began))})
	}
}

// Call adds a call that began then and has ended now.
func (j *Journal) Call(began time.Time, c Call) {
	if j == nil {
		return
	}
	c.At, c.MS = j.at(began), milliseconds(time.Since(began))
	c.Target, c.Reason = shortened(c.Target), shortened(c.Reason)
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.trace.Calls) == mostCalls {
		j.trace.Dropped++
		return
	}
	j.trace.Calls = append(j.trace.Calls, c)
}

// Line adds a line that the handler logs now.
func (j *Journal) Line(level, text string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.trace.Lines) == mostLines {
		j.trace.Dropped++
		return
	}
	j.trace.Lines = append(j.trace.Lines, Line{At: j.at(time.Now()), Level: level, Text: shortened(text)})
}

// Trace is what was gathered until now; nil for a nil Journal.
func (j *Journal) Trace() *Trace {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	out := j.trace
	out.MS = j.at(time.Now())
	out.Steps, out.Calls, out.Lines = slices.Clone(out.Steps), slices.Clone(out.Calls), slices.Clone(out.Lines)
	return &out
}

func (j *Journal) at(moment time.Time) float64 { return milliseconds(moment.Sub(j.began)) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func shortened(text string) string {
	if len(text) <= longestText {
		return text
	}
	return strings.ToValidUTF8(text[:longestText], "") + "…"
}
