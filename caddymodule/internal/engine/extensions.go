package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/internal/workshop"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
	"github.com/same-origin/devproxy/compose/project"
)

// applyExtensions starts a change loop for each extension that has none, and
// ends those that nobody wants any longer.
func (e *Engine) applyExtensions(s Settings) error {
	e.workshop.Configure(workshopConfig(s))
	var errs []error
	before := e.loaded()
	next := make([]*loaded, 0, len(s.Extensions))
	for _, want := range s.Extensions {
		l, err := e.keepOrLoad(before, next, want, s)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		next = append(next, l)
	}
	e.extensions.Store(&next)
	for _, old := range before {
		if !slices.ContainsFunc(next, func(l *loaded) bool { return l.loop == old.loop }) {
			old.loop.Close()
		}
	}
	return errors.Join(errs...)
}

// workshopConfig is where builds in containers find the services that they name.
func workshopConfig(s Settings) workshop.Config {
	c := s.Compose
	return workshop.Config{StateDir: filepath.Join(s.StateDir, "workshop"), Project: project.Options{
		WorkingDir: c.Dir, Files: c.Files, Name: c.Name, Profiles: c.Profiles, EnvFiles: c.EnvFiles,
	}}
}

// keepOrLoad keeps the loop, with all it knows, when only what it does not
// know of changed.
func (e *Engine) keepOrLoad(before, next []*loaded, want Extension, s Settings) (*loaded, error) {
	dir, err := filepath.Abs(want.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening extension folder %s: %w", want.Dir, err)
	}
	if slices.ContainsFunc(next, func(l *loaded) bool { return l.loop.Dir() == dir }) {
		return nil, fmt.Errorf("loading the extension in %s: it is named twice; leave one of the lines out", dir)
	}
	for _, l := range before {
		if l.loop.Dir() != dir {
			continue
		}
		if reflect.DeepEqual(l.settings.Loop, want.Loop) {
			return &loaded{settings: want, dir: dir, loop: l.loop, faults: l.faults, source: l.source}, nil
		}
		l.loop.Close() // two would run the commands at once, and share the history; what it has answers on
	}
	options := want.Loop
	sum := sha256.Sum256([]byte(dir))
	options.CacheDir = filepath.Join(s.StateDir, "builds", hex.EncodeToString(sum[:6]))
	l := &loaded{settings: want, dir: dir, faults: new(faultLog), source: new(atomic.Pointer[source.Build])}
	l.loop, err = loop.Start(e.ctx, dir, options, e.hooks(l, e.elsewhere(s)))
	if err != nil {
		return nil, fmt.Errorf("loading the extension in %s: %w", dir, err)
	}
	return l, nil
}
