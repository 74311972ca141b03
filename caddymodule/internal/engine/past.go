package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/spelling"
)

// Codes of what keeps an earlier build from answering.
const (
	codeBuildUnknown   = "build_unknown"
	codeBuildAmbiguous = "build_ambiguous"
	codeBuildUnusable  = "build_unusable"
	codeBuildOvertaken = "build_overtaken"
)

// BuildError says why another build does not answer. What answered before goes
// on.
type BuildError struct {
	Code string // stable
	Err  error
	Fix  string
}

func (e *BuildError) Error() string { return e.Err.Error() }

func (e *BuildError) Unwrap() error { return e.Err }

// NoSuch says that the question was wrong, not the build.
func (e *BuildError) NoSuch() bool {
	return e.Code == codeBuildUnknown || e.Code == codeBuildAmbiguous
}

// Builds is the history of the extension of that id or folder, or of every one
// for "".
func (e *Engine) Builds(name string) ([]runnerstatus.Builds, error) {
	list, err := e.named(name)
	if err != nil {
		return nil, err
	}
	out := []runnerstatus.Builds{}
	for _, l := range list {
		out = append(out, historyOf(l.loop))
	}
	return out, nil
}

func historyOf(l *loop.Loop) runnerstatus.Builds {
	state, kept := l.State(), l.Builds()
	b := runnerstatus.Builds{Dir: l.Dir(), Builds: []runnerstatus.Build{}}
	if state.Extension != nil {
		b.Extension, b.Live = state.Extension.ID, buildOf(state.Extension.Hash)
	}
	if len(kept) > 0 {
		b.Latest = kept[0].Build
	}
	for _, one := range kept {
		b.Builds = append(b.Builds, succeeded(one, one.Build == b.Live))
	}
	for _, one := range state.Failed {
		b.Builds = append(b.Builds, runnerstatus.Build{
			Time: one.At, Saved: one.Saved, Milliseconds: one.Took.Milliseconds(), Target: string(one.Target), Problem: one.Problem,
		})
	}
	slices.SortStableFunc(b.Builds, func(a, b runnerstatus.Build) int { return b.Time.Compare(a.Time) })
	return b
}

func succeeded(one bundle.Entry, live bool) runnerstatus.Build {
	return runnerstatus.Build{
		Number: one.Number, Build: one.Build, Hash: one.Hash, OK: true, Live: live, Time: one.Time,
		Saved: one.Saved, Changed: one.Changed, Milliseconds: one.Took.Milliseconds(),
		Bundle: one.Size, Handler: one.Handler, UI: one.UI,
	}
}

// UseBuild has an earlier build answer, until the next save: the one whose id
// begins with build, of the extension of that id or folder, or of any for "".
// It returns when that build answers. Otherwise the error is a [*BuildError],
// or [ErrUnknownExtension].
func (e *Engine) UseBuild(ctx context.Context, name, build string) error {
	list, err := e.named(name)
	if err != nil {
		return err
	}
	l, found, err := pick(list, build)
	if err != nil {
		return err
	}
	err = l.loop.Use(ctx, found.Hash)
	var unusable *loop.UnusableError
	switch {
	case errors.As(err, &unusable):
		return &BuildError{Code: codeBuildUnusable, Err: err, Fix: unusable.Fix}
	case errors.Is(err, loop.ErrUnknownBuild): // it was the oldest, and has gone meanwhile
		return &BuildError{Code: codeBuildUnknown, Err: fmt.Errorf("build %s: %w", found.Build, err), Fix: "see 'devproxy builds'"}
	case errors.Is(err, loop.ErrOvertaken):
		return &BuildError{Code: codeBuildOvertaken, Err: err, Fix: "ask again"}
	}
	return err
}

// UseLatest has the working tree answer again, of the extension of that id or
// folder, or of every one for "".
func (e *Engine) UseLatest(ctx context.Context, name string) error {
	list, err := e.named(name)
	if err != nil {
		return err
	}
	for _, l := range list {
		state, err := l.loop.Latest(ctx)
		if err != nil {
			return err
		}
		if state.Earlier {
			return &BuildError{Code: codeBuildUnusable, Err: fmt.Errorf("the working tree in %s cannot be published, so build %s goes on", l.loop.Dir(), state.Bundle.Build()), Fix: "see 'devproxy status' for what is wrong with it"}
		}
	}
	return nil
}

// pick finds the one build whose id, or hash, begins with prefix.
func pick(list []*loaded, prefix string) (of *loaded, found bundle.Entry, err error) {
	prefix = strings.ToLower(strings.TrimPrefix(prefix, "sha256:"))
	var matches, known []string
	for _, l := range list {
		for _, one := range l.loop.Builds() {
			known = append(known, one.Build)
			if digits := strings.TrimPrefix(one.Hash, "sha256:"); prefix != "" && strings.HasPrefix(digits, prefix) {
				of, found, matches = l, one, append(matches, one.Build)
			}
		}
	}
	switch len(matches) {
	case 1:
		return of, found, nil
	case 0:
		return nil, found, &BuildError{Code: codeBuildUnknown, Err: fmt.Errorf("no build that is kept begins with %q", prefix), Fix: meant(prefix, known)}
	}
	return nil, found, &BuildError{
		Code: codeBuildAmbiguous, Err: fmt.Errorf("%q is the beginning of several builds: %s", prefix, strings.Join(matches, ", ")),
		Fix: "write more of its digits, or name the extension with --extension",
	}
}

// telling is from how many digits on others may have been meant.
const telling = 4

// meant names the build that comes closest, as far as its digits were written.
func meant(prefix string, known []string) string {
	begun := make([]string, len(known))
	for i, build := range known {
		begun[i] = build[:min(len(build), len(prefix))]
	}
	near := spelling.Nearest(prefix, begun)
	if len(prefix) < telling || near == "" {
		return "see 'devproxy builds' for those there are"
	}
	return fmt.Sprintf("did you mean %s?", known[slices.Index(begun, near)])
}
