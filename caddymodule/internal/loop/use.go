package loop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// ErrUnknownBuild says that the history does not hold the build asked for.
var ErrUnknownBuild = errors.New("no such build is kept")

// ErrOvertaken says that a save came while an earlier build was prepared.
var ErrOvertaken = errors.New("something was saved meanwhile, so the working tree answers")

var errBusy = errors.New("something else is being prepared")

// UnusableError says why a build of the history cannot answer. What answered
// before goes on.
type UnusableError struct{ Build, Reason, Fix string }

func (e *UnusableError) Error() string {
	return fmt.Sprintf("build %s cannot answer: %s", e.Build, e.Reason)
}

// wish is that an earlier build answers.
type wish struct {
	before string     // the pin until then
	result chan error // holds one
}

// end tells how it ended, once; no wish hears nothing.
func (w *wish) end(err error) {
	if w == nil {
		return
	}
	select {
	case w.result <- err:
	default:
	}
}

// Use has the build of that hash answer, handler and files at once, and
// returns when it does. What is being built is waited for. It answers until
// the next save that matters, [Loop.Rebuild], [Loop.Latest], or another Use.
// Otherwise the error is an [*UnusableError], [ErrUnknownBuild] or
// [ErrOvertaken].
func (l *Loop) Use(ctx context.Context, hash string) error {
	for {
		if _, err := l.Settled(ctx); err != nil {
			return err
		}
		w := &wish{result: make(chan error, 1)}
		if err := l.ask(ctx, func(ctx context.Context) { l.use(ctx, hash, w) }); err != nil {
			return err
		}
		if err := l.await(ctx, w); !errors.Is(err, errBusy) {
			return err
		}
	}
}

func (l *Loop) await(ctx context.Context, w *wish) error {
	select {
	case err := <-w.result:
		return err
	case <-l.ended:
		return errEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Latest has the working tree answer again, and returns when that is known to
// work or not.
func (l *Loop) Latest(ctx context.Context) (State, error) {
	err := l.ask(ctx, func(ctx context.Context) {
		l.unpin()
		l.savedAt, l.began = time.Time{}, time.Now()
		l.publish(ctx)
	})
	if err != nil {
		return State{}, err
	}
	return l.Settled(ctx)
}

// use begins to have a build of the history answer.
func (l *Loop) use(ctx context.Context, hash string, w *wish) {
	content, known := l.history.ByHash(hash)
	switch {
	case !known:
		w.end(ErrUnknownBuild)
		return
	case l.candidate.Load() != nil:
		w.end(errBusy)
		return
	case l.published.Bundle != nil && l.published.Hash == hash:
		if l.published.earlier {
			l.pin = hash // a save may have taken it back, and come to nothing
		}
		w.end(nil)
		return
	}
	c, err := l.past(content)
	if err != nil {
		w.end(err)
		return
	}
	w.before, c.wish = l.pin, w
	if l.pin = ""; c.earlier {
		l.pin = hash
	}
	if l.proof(c) {
		l.prepare(ctx, c)
		return
	}
	l.commit(c)
}

// past is a build of the history as a candidate.
func (l *Loop) past(content *bundle.Bundle) (Candidate, error) {
	ext, err := extension.Read(l.dir, content.Files())
	if ext == nil {
		return Candidate{}, &UnusableError{Build: content.Build(), Reason: err.Error(), Fix: "choose another of 'devproxy builds'"}
	}
	identify(ext, content)
	newest, _ := l.history.Newest()
	c := Candidate{
		Extension: ext, Bundle: content, SourceMap: l.sourceMaps[content.Hash], earlier: newest.Hash != content.Hash,
		Handler: handlerDigest(content) != handlerDigest(l.published.Bundle), flawed: err != nil,
	}
	if l.elsewhere && !c.portable() {
		return Candidate{}, &UnusableError{
			Build: content.Build(), Reason: "it holds its handler as source, which only the embedded runner executes",
			Fix: "choose one that was made while a container was selected, or say 'devproxy use embedded' first",
		}
	}
	return c, nil
}

// portable says that runners in other processes can execute c.
func (c Candidate) portable() bool { return !c.HasHandler || modeOf(c.Bundle) == modeArtefact }

// unpin lets the working tree answer, with what is published next.
func (l *Loop) unpin() {
	l.pin = ""
	if waits := l.candidate.Load(); waits != nil && waits.wish != nil {
		l.withdraw()
	}
}

// letGo unpins an earlier build that the runner now selected cannot execute.
func (l *Loop) letGo() {
	if l.pin != "" && l.elsewhere && !l.published.portable() {
		l.hooks.Log.Warn("an earlier build gives way to the working tree: it holds its handler as source, which the selected runner does not execute", "extension", l.name(), "build", l.published.Bundle.Build())
		l.unpin()
	}
}

// disappoint says why an earlier build cannot answer, and publishes what was
// held back meanwhile.
func (l *Loop) disappoint(ctx context.Context, p prepared) {
	l.release()
	l.pin = p.wish.before
	p.wish.end(&UnusableError{Build: p.Bundle.Build(), Reason: p.Problems[0].String(), Fix: p.Problems[0].Fix})
	l.publish(ctx)
}
