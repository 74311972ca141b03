package standalone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	// An image made from scratch holds no certificates of authorities, which
	// https to the bundle store and from handlers needs.
	_ "golang.org/x/crypto/x509roots/fallback"

	"github.com/same-origin/devproxy/caddymodule/runner"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// parts are what a runner is made of, and what has to be closed after it.
type parts struct {
	log      *slog.Logger
	shelf    *shelf              // nil without a folder of extensions
	store    *runner.BundleStore // nil without a bundle store
	platform *host.Platform
	engine   guest.Engine
	runner   *runner.Runner
}

// assemble makes the parts; with an error it gives those that are made.
func assemble(ctx context.Context, s Settings, log *slog.Logger) (*parts, error) {
	p := &parts{log: log}
	if err := writable("RUNNER_STATE_DIR", s.StateDir); err != nil {
		return p, err
	}
	if err := p.sources(s); err != nil {
		return p, err
	}
	var err error
	if p.platform, err = host.New(host.Options{StateDir: s.StateDir, EgressAllowlist: s.Egress, UIProxyBaseURL: s.UIProxyBase, Logger: log}); err != nil {
		return p, err
	}
	if p.engine, err = guest.NewWazero(ctx, guest.Options{CacheDir: filepath.Join(s.StateDir, "wasm")}); err != nil {
		return p, err
	}
	p.runner, err = runner.New(p.config(s))
	return p, err
}

func (p *parts) sources(s Settings) (err error) {
	if s.ExtensionsDir != "" {
		p.shelf = newShelf(s.ExtensionsDir, p.log)
	}
	if s.BundleStore == "" {
		return nil
	}
	if err := writable("EXT_CACHE_ROOT", s.CacheDir); err != nil {
		return err
	}
	p.store, err = runner.NewBundleStore(runner.BundleStoreConfig{BaseURL: s.BundleStore, CacheDir: s.CacheDir, APIKey: s.BundleStoreKey, MaxCacheBytes: s.MaxCacheBytes, Logger: p.log})
	return err
}

func (p *parts) config(s Settings) runner.Config {
	c := runner.Config{
		Engine: p.engine, Platform: p.platform, ServiceToken: s.ServiceToken, MaxAssetBytes: s.MaxAssetBytes,
		ContentSecurityPolicy: s.ContentSecurityPolicy, FrameAncestors: s.FrameAncestors, Logger: p.log,
	}
	// What lies in a folder is being worked on, and wins over what was published.
	if p.shelf != nil {
		c.Sources = append(c.Sources, p.shelf)
	}
	if p.store != nil {
		c.Sources, c.CacheDir = append(c.Sources, p.store), s.CacheDir
	}
	return c
}

// warm compiles the handlers that are there already, so that their first
// requests need not wait.
func (p *parts) warm(ctx context.Context) {
	if p.shelf == nil {
		return
	}
	for _, folder := range p.shelf.list() {
		state := folder.Look()
		p.shelf.report(folder.Dir(), state.Err)
		ext := state.Extension
		if ext == nil || !ext.HasHandler || ctx.Err() != nil {
			continue
		}
		begun := time.Now()
		if err := p.runner.Warm(ctx, runner.Ref{Extension: ext.ID, Hash: ext.Hash}); err != nil {
			p.log.Warn("compiling a handler", "extension", ext.ID, "error", err)
			continue
		}
		p.log.Info("handler is compiled", "extension", ext.ID, "duration_ms", time.Since(begun).Milliseconds())
	}
}

// close frees the parts; runs that go on get until ctx ends.
func (p *parts) close(ctx context.Context) error {
	var errs []error
	if p.runner != nil {
		errs = append(errs, p.runner.Close(ctx))
	}
	if p.engine != nil {
		errs = append(errs, p.engine.Close(ctx))
	}
	if p.platform != nil {
		errs = append(errs, p.platform.Close())
	}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	return errors.Join(errs...)
}

// writable makes the folder and tries to write to it.
func writable(name, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &VariableError{name, fmt.Errorf("%w; name a folder that the runner may write to", err)}
	}
	probe, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return &VariableError{name, fmt.Errorf("%w; name a folder that the runner may write to", err)}
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
