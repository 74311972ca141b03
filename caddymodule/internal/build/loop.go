package build

import (
	"fmt"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

const (
	// mostReruns is how often a build may start itself anew, when it is clear
	// that it does.
	mostReruns = 2
	// certainReruns is the same when it is not that clear.
	certainReruns = 5
	// doubt is how long a build waits, at least, that seems to have started
	// itself twice. A person who keeps saving does so meanwhile as well, or at
	// another time of the next run; a build does neither. It is no round
	// number, as those who save on a clock are.
	doubt = 1370 * time.Millisecond
	// echo is how long after a build's end a watcher may still tell what it
	// wrote.
	echo = time.Second
)

// loop notices a command that changes, on each of its runs, a file that it
// starts from. Nothing tells who wrote a file; so what changes during every
// run, at about the same time in each, and never in between, is taken for the
// command's own.
type loop struct {
	own          map[string]trace
	during       map[string]time.Duration // what changed during this run: how long after its beginning
	began, ended time.Time
	command      bool // the run before was one of a command
	whole        bool // and was not cut short
}

// trace is what is known of a file that changes while builds run.
type trace struct {
	runs    int // in a row
	offset  time.Duration
	erratic bool // at different times in them
}

// note takes a change at the time now; written tells when a file was last
// written. It names the file when the command has written it too often, and
// the change is to be left out.
func (l *loop) note(changed []string, now time.Time, running bool, written func(string) time.Time) string {
	looping := ""
	others := false
	for _, name := range changed {
		if !running && !l.echoes(now, written(name)) {
			delete(l.own, name)
			delete(l.during, name)
			others = true
			continue
		}
		if _, known := l.during[name]; !known {
			l.during[name] = now.Sub(l.began)
		}
		if !l.tooOften(name) {
			others = true
			continue
		}
		looping = name
	}
	if others {
		return ""
	}
	return looping
}

// echoes says that a change which is told between two runs was made during the
// one before: nothing of that has been running since.
func (l *loop) echoes(now, written time.Time) bool {
	return !l.ended.IsZero() && now.Sub(l.ended) <= echo && !written.IsZero() && !written.After(l.ended)
}

func (l *loop) tooOften(name string) bool {
	t := l.own[name]
	steady := !t.erratic && alike(t.offset, l.during[name])
	return t.runs >= certainReruns || t.runs >= mostReruns && steady
}

// alike allows for what a watcher and a busy machine add; it is less than what
// patience shifts.
func alike(a, b time.Duration) bool {
	return (a - b).Abs() <= max(300*time.Millisecond, a/8)
}

// begin counts what changed during the run before.
func (l *loop) begin(now time.Time) {
	before := l.own
	l.own = map[string]trace{}
	for name, t := range before {
		// What a whole run left alone is not its own.
		if _, again := l.during[name]; again || !l.whole {
			l.own[name] = t
		}
	}
	for name, offset := range l.during {
		if !l.command {
			continue
		}
		t, known := l.own[name]
		if !known {
			t.offset = offset
		}
		t.erratic = t.erratic || !alike(t.offset, offset)
		t.runs++
		l.own[name] = t
	}
	l.began, l.during = now, map[string]time.Duration{}
}

// end notes the end of a run.
func (l *loop) end(now time.Time, result Result) {
	l.ended, l.command, l.whole = now, result.Command != "", !result.Superseded
}

// patience is how long the next build is to wait; it doubles from rerun to
// rerun.
func (l *loop) patience() (wait time.Duration) {
	for name, offset := range l.during {
		t := l.own[name]
		if again := t.runs + 1 - mostReruns; again >= 0 {
			wait = max(wait, max(doubt, offset/3, t.offset/3)<<again)
		}
	}
	return wait
}

func loopProblem(file string) event.Problem {
	return event.Problem{Code: CodeLoops, File: file,
		Message: fmt.Sprintf("each build changes %s, which starts the next; that was stopped", file),
		Fix:     fmt.Sprintf("name it with `outputs %s` in the extension block of the Caddyfile, or have the build write it elsewhere", file)}
}
