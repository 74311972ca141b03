package engine

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/runner"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// hooks are what the loop of l asks of the engine.
func (e *Engine) hooks(l *loaded, elsewhere bool) loop.Hooks {
	var commands build.Runner
	if c := l.settings.Loop.Build.Container; c != nil {
		commands = e.workshop.Runner(*c)
	}
	return loop.Hooks{
		Bus: &e.bus, Tasks: e.working, Runner: commands, Log: e.log, Elsewhere: elsewhere,
		SourceMode: l.discover,
		Prepare:    func(ctx context.Context, c loop.Candidate) loop.Verdict { return e.prepare(ctx, l, c) },
	}
}

// discover finds what the extension's handler runs on from its source.
func (l *loaded) discover(dir string) error {
	found, err := source.Discover(dir)
	if err != nil {
		return err // the handler that answers may still run on what was found before
	}
	l.source.Store(&found)
	return nil
}

// bundle is content as the embedded runner takes it: no cache may keep what
// the next save replaces.
func (l *loaded) bundle(content *bundle.Bundle) runner.Bundle {
	b := runner.Bundle{Hash: content.Hash, Files: content.Files(), Live: true, Dir: l.dir, Digest: content.Digest}
	if found := l.source.Load(); found != nil {
		b.FromSource = &runner.FromSource{Build: *found, Strict: l.settings.Loop.Source == loop.SourceStrict}
	}
	return b
}

// prepare has the candidate answer somewhere before it is published.
func (e *Engine) prepare(ctx context.Context, l *loaded, c loop.Candidate) loop.Verdict {
	if e.selector.Wait(ctx) != nil {
		return loop.Verdict{}
	}
	switch b := e.selector.Current(); {
	case b == nil || b.Config().Kind == backend.URL || b.Config().Kind == backend.Knative:
		return loop.Verdict{} // what somebody else runs fetches from somebody else
	case b.Config().Kind == backend.Docker:
		return e.prepareDocker(ctx, l, c)
	}
	return e.prepareEmbedded(ctx, l, c)
}

// prepareDocker has the live container fetch the candidate, once there is one.
func (e *Engine) prepareDocker(ctx context.Context, l *loaded, c loop.Candidate) loop.Verdict {
	running := e.docker.Load()
	if running == nil || !running.runner.Furnished() {
		return loop.Verdict{}
	}
	err := e.warm(ctx, backend.Content{Tenant: l.settings.Tenant, Extension: c.ID, Hash: c.Hash, UI: c.UI != nil, Handler: c.HasHandler})
	if err == nil || ctx.Err() != nil {
		return loop.Verdict{}
	}
	return loop.Verdict{Problems: []event.Problem{{Code: loop.CodeHandler, Message: err.Error()}}}
}

// prepareEmbedded compiles the candidate's handler in the embedded runner.
func (e *Engine) prepareEmbedded(ctx context.Context, l *loaded, c loop.Candidate) loop.Verdict {
	run := e.embedded.Load()
	if run == nil || !c.HasHandler {
		return loop.Verdict{}
	}
	imports, err := run.runner.WarmBundle(ctx, c.ID, l.bundle(c.Bundle))
	switch {
	case ctx.Err() != nil:
		return loop.Verdict{}
	case err != nil:
		return loop.Verdict{Problems: []event.Problem{handlerProblem(err, c)}}
	case c.SourceMap == nil:
		return loop.Verdict{Imports: l.calls(ctx, imports)}
	}
	script, err := readScript(c.Bundle)
	if err != nil {
		return loop.Verdict{}
	}
	return loop.Verdict{Warnings: l.warnings(c, script), Imports: narrowed(imports, script)}
}

// handlerProblem says why a handler cannot be loaded, and where.
func handlerProblem(err error, c loop.Candidate) event.Problem {
	var unsupported *guest.UnsupportedError
	var memory *guest.MemoryError
	var init *guest.InitError
	switch {
	case errors.As(err, &memory):
		return event.Problem{Code: guest.CodeMemory, Message: memory.Error(), Fix: memory.Fix()}
	case errors.As(err, &unsupported):
		return event.Problem{Code: loop.CodeUnsupported, File: extension.HandlerFile, Message: unsupported.Reason, Fix: unsupported.Fix}
	case errors.As(err, &init):
		p := event.Problem{Code: loop.CodeHandler, Message: init.Message}
		return placed(p, c.Dir, c.SourceMap, init.Line, init.Column)
	}
	return event.Problem{Code: loop.CodeHandler, Message: err.Error()}
}

// placed adds where in the developer's files a place of the handler's bundle
// is.
func placed(p event.Problem, dir string, sourceMap []byte, line, column int) event.Problem {
	if line == 0 {
		return p
	}
	p.File, p.Line, p.Column = extension.SourceFile, line, column
	if at, known := source.MapPosition(sourceMap, line, column); known {
		p.File, p.Line, p.Column = inFolder(dir, at.File), at.Line, at.Column
	}
	p.Frame = build.FrameOf(dir, p)
	return p
}

// inFolder turns a file of the source map, relative to dist/, into one of the
// extension's folder, or an absolute one outside of it.
func inFolder(dir, file string) string {
	name := path.Join(path.Dir(extension.SourceFile), filepath.ToSlash(file))
	if strings.HasPrefix(name, "../") {
		return filepath.Join(dir, filepath.FromSlash(name))
	}
	return name
}

// warnings are what the handler's source does and production will not let it.
func (l *loaded) warnings(c loop.Candidate, script []byte) []event.Problem {
	found := l.source.Load()
	if found == nil {
		return nil
	}
	var out []event.Problem
	for _, w := range source.Warnings(script, c.SourceMap, found.Features) {
		p := event.Problem{Code: w.Code, Message: w.Message, Fix: w.Fix}
		if w.Position.File != "" {
			p.File, p.Line, p.Column = inFolder(l.dir, w.Position.File), w.Position.Line, w.Position.Column
			p.Frame = build.FrameOf(l.dir, p)
		}
		out = append(out, p)
	}
	return out
}

func readScript(content *bundle.Bundle) ([]byte, error) {
	return fs.ReadFile(content.Files(), extension.SourceFile)
}
