package standalone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Server is a runner that listens. Make one with [Open]; [Server.Serve] runs
// and ends it.
type Server struct {
	settings Settings
	log      *slog.Logger
	parts    *parts
	listener net.Listener
	http     *http.Server
}

// ListenError says that the address cannot be listened on.
type ListenError struct {
	Address string // host:port
	Err     error
}

func (e *ListenError) Error() string { return e.Err.Error() }

func (e *ListenError) Unwrap() error { return e.Err }

// Open prepares everything and listens; requests wait until Serve. The error
// is a *[VariableError] where a setting cannot be used, or a *[ListenError].
func Open(ctx context.Context, settings Settings, log *slog.Logger) (*Server, error) {
	made, err := assemble(ctx, settings, log)
	if err != nil {
		return nil, errors.Join(err, made.close(ctx))
	}
	address := net.JoinHostPort(settings.Host, strconv.Itoa(int(settings.Port)))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, errors.Join(&ListenError{address, err}, made.close(ctx))
	}
	server := &http.Server{Handler: made.runner, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	return &Server{settings, log, made, listener, server}, nil
}

// Address is host:port that the server listens on.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Serve answers requests until ctx ends. Then it accepts no more, lets those
// that run end within [Settings.Grace], and frees everything.
func (s *Server) Serve(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	warming, stopWarming := context.WithCancel(ctx)
	warm := make(chan struct{})
	go func() {
		defer close(warm)
		s.parts.warm(warming)
	}()
	s.log.Info("runner is listening", "address", s.Address(), "extensions", s.settings.ExtensionsDir, "state", s.settings.StateDir)
	var died error
	select {
	case err := <-served:
		died = fmt.Errorf("serving on %s: %w", s.Address(), err)
	case <-ctx.Done():
		s.log.Info("runner is stopping", "grace", s.settings.Grace.String())
	}
	s.drain(context.WithoutCancel(ctx))
	stopWarming()
	<-warm
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	return errors.Join(died, s.parts.close(closing))
}

// closeTime is for what has to end after the last request.
const closeTime = 2 * time.Second

// drain waits for the requests that run, and cuts those that take too long.
func (s *Server) drain(ctx context.Context) {
	grace, cancel := context.WithTimeout(ctx, s.settings.Grace)
	defer cancel()
	if s.http.Shutdown(grace) == nil {
		return
	}
	s.log.Warn("requests that still ran were cut", "grace", s.settings.Grace.String())
	_ = s.http.Close() // closes connections; a listener that is closed already is its only error
}
