package stack

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// LogOptions say which lines to read.
type LogOptions struct {
	Follow bool      // go on across generations until the context ends
	Tail   int       // of what is there already, the last lines only; 0 for all
	Since  time.Time // nothing before it
}

// LogLine is one line of a service.
type LogLine struct {
	Service    string
	Generation int // 0 for services other than the runner
	Container  string
	Stream     docker.Stream
	Time       time.Time
	Seq        uint64 // 1, 2, 3, … over all generations, in the order of reading
	Text       string
}

// Logs reads the lines of a service, or of all for "", whatever container wrote
// them. Following, it goes from one generation to the next without a gap or a
// duplicate, and over restarts of the engine: what a container wrote before another
// process removed it comes from the state folder, its last 5000 lines at most and
// only when that process was ours. An error ends the sequence; the end of the
// context does so without one.
func (s *Stack) Logs(ctx context.Context, service string, opts LogOptions) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var seq uint64
		number := func(line LogLine) bool {
			seq++
			line.Seq = seq
			return yield(line, nil)
		}
		read := s.past
		if opts.Follow {
			read = s.follow
		}
		err := read(ctx, service, opts, number)
		if err != nil && ctx.Err() == nil {
			yield(LogLine{}, err)
		}
	}
}

// past reads what is there, ordered by time over all containers.
func (s *Stack) past(ctx context.Context, service string, opts LogOptions, emit func(LogLine) bool) error {
	containers, err := s.Engine.Containers(ctx, s.ours(service))
	if err != nil {
		return err
	}
	var lines []LogLine
	for _, c := range containers {
		err := s.Engine.Logs(ctx, c.ID, query(c, opts), func(l docker.LogLine) error {
			lines = append(lines, line(c, l))
			return nil
		})
		if err != nil && !docker.Is(err, docker.CodeContainerNotFound) {
			return err
		}
	}
	slices.SortStableFunc(lines, func(a, b LogLine) int { return a.Time.Compare(b.Time) })
	if opts.Tail > 0 && len(lines) > opts.Tail {
		lines = lines[len(lines)-opts.Tail:]
	}
	for _, l := range lines {
		if !emit(l) {
			return nil
		}
	}
	return nil
}

func query(c docker.Container, opts LogOptions) docker.LogQuery {
	q := docker.LogQuery{TTY: c.TTY, Tail: -1, Since: opts.Since}
	if opts.Tail > 0 {
		q.Tail = opts.Tail
	}
	return q
}

func line(c docker.Container, l docker.LogLine) LogLine {
	return LogLine{
		Service: serviceOf(c.Labels), Generation: generationOf(c.Labels), Container: c.ID,
		Stream: l.Stream, Time: l.Time, Text: l.Text,
	}
}
