package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/runner"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// embedded is the reference runner in this process. It is served on a unix
// socket of the state folder, so that it is reached like any other backend
// and no other user, and no browser, can reach it.
type embedded struct {
	made   embeddedSettings
	socket string
	server *http.Server
	served chan struct{} // closed when the server has ended
	ended  error         // of the server, once served is closed
	runner *runner.Runner
	guests guest.Engine
	hosts  *host.Platform

	compiling bool // the guests were not closed, as one is still being compiled
}

// embeddedSettings are the settings that the runner cannot change while it
// runs.
type embeddedSettings struct {
	stateDir, cacheDir, token string
	egress                    []string
}

func (a embeddedSettings) equal(b embeddedSettings) bool {
	return a.stateDir == b.stateDir && a.cacheDir == b.cacheDir && a.token == b.token && slices.Equal(a.egress, b.egress)
}

// complete adds the socket to the embedded backend's config.
func (m *embedded) complete(cfg backend.Config) backend.Config {
	if cfg.Kind != backend.Embedded || m == nil {
		return cfg
	}
	cfg.BaseURL = &url.URL{Scheme: "http", Host: "embedded"}
	cfg.Socket, cfg.ServiceToken = m.socket, m.made.token
	return cfg
}

// applyEmbedded starts the runner when a backend wants it, and another in its
// place when its settings changed. It gives the one that is no longer wanted.
func (e *Engine) applyEmbedded(s Settings) (old *embedded, err error) {
	wanted := false
	for _, cfg := range s.Backends {
		wanted = wanted || cfg.Kind == backend.Embedded
	}
	if !wanted {
		return e.embedded.Swap(nil), nil
	}
	want := embeddedSettings{s.StateDir, s.CacheDir, s.ServiceToken, s.Egress}
	if running := e.embedded.Load(); running != nil && running.made.equal(want) {
		return nil, nil
	}
	started, err := e.startEmbedded(want)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded runner: %w", err)
	}
	return e.embedded.Swap(started), nil
}

func (e *Engine) startEmbedded(made embeddedSettings) (*embedded, error) {
	if err := os.MkdirAll(made.stateDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the state folder: %w", err)
	}
	m := &embedded{made: made, served: make(chan struct{})}
	if err := m.build(e); err != nil {
		return nil, errors.Join(err, m.close(e.ctx))
	}
	listener, err := m.listen()
	if err != nil {
		return nil, errors.Join(err, m.close(e.ctx))
	}
	m.server = &http.Server{Handler: m.runner, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(m.served)
		m.ended = m.server.Serve(listener)
	}()
	return m, nil
}

func (m *embedded) build(e *Engine) error {
	var err error
	if m.hosts, err = host.New(host.Options{StateDir: m.made.stateDir, EgressAllowlist: m.made.egress, Logger: e.log}); err != nil {
		return err
	}
	if m.guests, err = guest.NewWazero(e.ctx, guest.Options{CacheDir: filepath.Join(m.made.cacheDir, "wasm"), CompileWorkers: 2}); err != nil {
		return err
	}
	m.runner, err = runner.New(runner.Config{
		Sources:      []runner.Source{e},
		Engine:       m.guests,
		Platform:     m.hosts,
		ServiceToken: m.made.token,
		// the gateway bounds bodies; base64 makes them a third larger
		MaxExecuteBytes: 1 << 30,
		CacheDir:        filepath.Join(m.made.cacheDir, "bundles"),
		FailuresTold:    true, // by the gateway, see Trapped
		Logger:          e.log,
	})
	return err
}

// listen makes a socket of a new name, so that a runner and its replacement
// can both be reached. Unix socket paths are short (104 bytes on macOS), so
// a deep state folder falls back to the temporary one.
func (m *embedded) listen() (net.Listener, error) {
	parent := m.made.stateDir
	if len(parent) > 64 {
		parent = os.TempDir()
	}
	sum := sha256.Sum256([]byte(m.made.stateDir))
	prefix := filepath.Join(parent, fmt.Sprintf("devproxy-%x", sum[:4]))
	sweepSockets(prefix, 0)
	sweepSockets(filepath.Join(os.TempDir(), "devproxy"), starting)
	dir, err := os.MkdirTemp(parent, filepath.Base(prefix)+"-")
	if err != nil {
		return nil, fmt.Errorf("making the runner's socket: %w", err)
	}
	m.socket = filepath.Join(dir, socketName)
	return net.Listen("unix", m.socket)
}

const socketName = "runner.sock"

// starting is how long ago another process may have made a folder that it does
// not listen in yet.
const starting = time.Minute

// sweepSockets removes what processes that were killed left behind: folders
// of that name and age whose socket nobody listens on.
func sweepSockets(prefix string, age time.Duration) {
	left, err := filepath.Glob(prefix + "-*")
	if err != nil {
		return
	}
	for _, dir := range left {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() || time.Since(info.ModTime()) < age {
			continue
		}
		conn, err := net.Dial("unix", filepath.Join(dir, socketName))
		if err == nil {
			conn.Close()
			continue
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			_ = os.Remove(filepath.Join(dir, socketName))
			_ = os.Remove(dir) // at worst it is tried again next time
		}
	}
}

func (e *Engine) stopEmbedded() error {
	running := e.embedded.Swap(nil)
	if running == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := running.close(ctx)
	if running.compiling {
		// what is not in the cache by now is compiled again
		e.log.Info("a handler is still being compiled; that is given up, and begins anew when it is needed again")
	}
	return err
}

// close ends what was started; requests get until the context ends.
func (m *embedded) close(ctx context.Context) error {
	var errs []error
	if m.server != nil {
		if m.server.Shutdown(ctx) != nil {
			errs = append(errs, m.server.Close())
		}
		<-m.served
		if !errors.Is(m.ended, http.ErrServerClosed) {
			errs = append(errs, m.ended)
		}
	}
	if m.runner != nil {
		errs = append(errs, m.runner.Close(ctx))
	}
	if m.guests != nil {
		errs = append(errs, m.closeGuests(ctx))
	}
	if m.hosts != nil {
		errs = append(errs, m.hosts.Close())
	}
	if m.socket != "" {
		errs = append(errs, os.RemoveAll(filepath.Dir(m.socket)))
	}
	return errors.Join(errs...)
}

// closeGuests leaves them open, and m.compiling true, where a handler is still
// being compiled when the context ends. It may be called again then.
func (m *embedded) closeGuests(ctx context.Context) error {
	err := m.guests.Close(ctx)
	m.compiling = errors.Is(err, guest.ErrCompiling)
	if m.compiling {
		return nil
	}
	return err
}
