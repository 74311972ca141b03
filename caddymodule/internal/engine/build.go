package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// ErrUnknownExtension says that no extension has the id or folder asked for.
var ErrUnknownExtension = errors.New("no such extension is loaded")

// Build builds the extension of that id or folder anew, commands included, or
// every one for "", and gives what came of it once that is known. What does not
// build changes nothing: the last good build goes on.
func (e *Engine) Build(ctx context.Context, name string) ([]runnerstatus.Built, error) {
	began := time.Now()
	list, err := e.named(name)
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if err := l.loop.Rebuild(ctx); err != nil {
			return nil, err
		}
	}
	return e.built(ctx, list, began)
}

// Built waits for what is being built already.
func (e *Engine) Built(ctx context.Context) ([]runnerstatus.Built, error) {
	return e.built(ctx, e.loaded(), time.Now())
}

func (e *Engine) built(ctx context.Context, list []*loaded, began time.Time) ([]runnerstatus.Built, error) {
	out := []runnerstatus.Built{}
	for _, l := range list {
		state, err := l.loop.Settled(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, e.outcome(l, state, time.Since(began)))
	}
	return out, nil
}

// outcome sums up an extension in the words of the status.
func (e *Engine) outcome(l *loaded, state loop.State, took time.Duration) runnerstatus.Built {
	b := runnerstatus.Built{Milliseconds: took.Milliseconds()}
	for _, status := range e.extensionStatus("") {
		if status.Dir == l.loop.Dir() {
			b.Extension = status
		}
	}
	b.UIURL = ""                            // it depends on the site
	if state.Err == nil && b.Error != nil { // another folder has the id
		b.Problems = append(b.Problems, runnerstatus.Problem{Code: b.Error.Code, Message: b.Error.Message})
	}
	if b.Handler.Status == "missing" {
		b.Problems = append(b.Problems, runnerstatus.Problem{Target: "handler", Code: "handler_missing", Message: b.Handler.Message, Fix: b.Handler.Fix})
	}
	for _, failed := range state.Failures {
		b.Output = append(b.Output, failed.Output...)
	}
	b.OK = len(b.Problems) == 0
	return b
}

// named finds the extensions of an id or a folder; all for "".
func (e *Engine) named(name string) (list []*loaded, err error) {
	var known []string
	for _, l := range e.loaded() {
		id := ""
		if ext := l.loop.State().Extension; ext != nil {
			id = ext.ID
			known = append(known, id)
		}
		if name == "" || name == id || filepath.Clean(name) == l.loop.Dir() {
			list = append(list, l)
		}
	}
	if len(list) == 0 && name != "" {
		return nil, fmt.Errorf("%w: %s; loaded are: %s", ErrUnknownExtension, name, strings.Join(known, ", "))
	}
	return list, nil
}

// Archive opens the bundle.tar.zst of the published build of a folder.
func (e *Engine) Archive(dir string) (io.ReadSeekCloser, error) {
	list, err := e.named(dir)
	if err != nil {
		return nil, err
	}
	content := list[0].loop.State().Bundle
	if content == nil {
		return nil, fmt.Errorf("opening the bundle of %s: nothing has been built", dir)
	}
	return content.Archive()
}
