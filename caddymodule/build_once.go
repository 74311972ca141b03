package caddymodule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// ErrUnknownExtension says that the configuration has no such extension.
var ErrUnknownExtension = engine.ErrUnknownExtension

// ErrManyExtensions says that one file cannot hold the bundles of several.
var ErrManyExtensions = errors.New("a file holds the bundle of one extension, and there are several")

// BuildOnce builds the extensions of a Caddy config, or the one of that id or
// folder, as production runs them: with dist/main.wasm, by the commands, anew.
// It serves nothing, and writes nothing but what the commands do, and to
// archive, unless that is nil, the bundle of the one extension. tell, which may
// be nil, hears how far it has got, as from [Follow].
func BuildOnce(ctx context.Context, config []byte, name string, archive io.Writer, tell func(runnerstatus.Snapshot)) ([]runnerstatus.Built, error) {
	s, err := settingsOf(config)
	if err != nil {
		return nil, err
	}
	if s.Extensions, err = chosen(s.Extensions, name); err != nil {
		return nil, err
	}
	if archive != nil && len(s.Extensions) > 1 {
		return nil, ErrManyExtensions
	}
	if s.StateDir, err = os.MkdirTemp("", "devproxy-build-"); err != nil {
		return nil, fmt.Errorf("making room for the build: %w", err)
	}
	defer os.RemoveAll(s.StateDir)
	e := engine.New()
	if tell != nil {
		stop := inBackground(ctx, func(ctx context.Context) { follow(ctx, e, tell) })
		defer stop()
	}
	builds, err := buildWith(ctx, e, s, archive)
	return builds, errors.Join(err, e.Close())
}

// inBackground runs task until stop, which waits for its end.
func inBackground(ctx context.Context, task func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { task(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

func buildWith(ctx context.Context, e *engine.Engine, s engine.Settings, archive io.Writer) ([]runnerstatus.Built, error) {
	if err := e.Apply(s); err != nil {
		return nil, err
	}
	builds, err := e.Built(ctx)
	if err != nil || archive == nil || len(builds) != 1 || !builds[0].OK {
		return builds, err
	}
	content, err := e.Archive(builds[0].Dir)
	if err != nil {
		return builds, err
	}
	defer content.Close()
	if _, err := io.Copy(archive, content); err != nil {
		return builds, fmt.Errorf("writing the bundle: %w", err)
	}
	return builds, nil
}

// settingsOf are those of the config's runner, for one build of each
// extension and nothing else.
func settingsOf(config []byte) (engine.Settings, error) {
	var root struct {
		Apps struct{ Runner *App }
	}
	if err := json.Unmarshal(config, &root); err != nil || root.Apps.Runner == nil {
		return engine.Settings{}, fmt.Errorf("reading the config's runner: %w", errors.Join(err, errors.New("there is none, or it is wrong")))
	}
	app := root.Apps.Runner
	app.Default, app.Backends = embeddedName, nil
	if err := app.setDefaults(); err != nil {
		return engine.Settings{}, err
	}
	if err := app.Validate(); err != nil {
		return engine.Settings{}, err
	}
	s, err := app.settings()
	for i := range s.Extensions {
		o := &s.Extensions[i].Loop
		o.Watch, o.Source, o.Anew = loop.WatchOff, loop.SourceOff, true
		if o.Build.Container != nil { // nobody would ever find its snapshot again
			o.Build.Container.Snapshot = false
		}
	}
	return s, err
}

// chosen leaves the extension of that id or folder; all for "".
func chosen(all []engine.Extension, name string) ([]engine.Extension, error) {
	if name == "" {
		return all, nil
	}
	folder, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("finding the extension: %w", err)
	}
	left := slices.DeleteFunc(all, func(e engine.Extension) bool {
		dir, err := filepath.Abs(e.Dir)
		if err == nil && dir == folder {
			return false
		}
		ext, _ := extension.Read(dir, extension.Tree(dir))
		return ext == nil || ext.ID != name
	})
	if len(left) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrUnknownExtension, name)
	}
	return left, nil
}
