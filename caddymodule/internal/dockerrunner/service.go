// service.go contains the service's life: its parts, its start and its end.

package dockerrunner

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// largeBodies is how many archives may be in memory at once.
const largeBodies = 2

// Service serves the docker-runner API to those who sign with the secret that it
// was opened with; see [Service.For]. Safe for concurrent use.
type Service struct {
	own       http.Handler // for the secret of the settings
	log       atomic.Pointer[slog.Logger]
	endpoints map[string]endpoint
	nonces    *nonces
	large     chan struct{}
	engine    *link
	leases    *leases
	noStreams atomic.Bool

	ctx     context.Context // ends with the service
	cancel  context.CancelCauseFunc
	running sync.WaitGroup

	sweeping sync.Once
}

// Open makes a service, which serves from now on. The engine need not answer yet;
// the state folder must be writable. Start begins the sweep, Close ends it all.
func Open(settings Settings, log *slog.Logger) (*Service, error) {
	if settings.Secret == "" {
		return nil, &VariableError{Name: "DOCKER_RUNNER_SHARED_SECRET", Problem: "must be set: it is what clients sign with"}
	}
	leases, err := openLeases(settings.StateDir, settings.TTL)
	if err != nil {
		return nil, err
	}
	s := &Service{
		nonces: newNonces(settings.SignatureTTL), large: make(chan struct{}, largeBodies),
		engine: newLink(settings.Environ), leases: leases,
	}
	s.own = s.For(settings.Secret)
	s.SetLogger(log)
	s.AllowStreams(!settings.NoStreams)
	s.endpoints = s.routes()
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s, nil
}

// Start begins to remove containers whose time is over; once, however often it is
// called.
func (s *Service) Start() {
	s.sweeping.Do(func() { s.running.Go(func() { s.sweep(s.ctx) }) })
}

// SetLogger sends the service's log elsewhere from now on.
func (s *Service) SetLogger(log *slog.Logger) { s.log.Store(log) }

// AllowStreams says whether streams of bytes may begin from now on.
func (s *Service) AllowStreams(allowed bool) { s.noStreams.Store(!allowed) }

// Close ends the sweep and every stream, and writes down what was last used.
// Requests still running end with an error.
func (s *Service) Close() error {
	s.sweeping.Do(func() {}) // from here on none begins
	s.cancel(errClosing)
	s.running.Wait()
	s.engine.close()
	return s.leases.close()
}

// errClosing ends the streams of a service that closes.
var errClosing = errors.New("the docker-runner is stopping")

// context is the request's, and ends with the service too.
func (s *Service) context(c *call) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(c.request.Context())
	stop := context.AfterFunc(s.ctx, func() { cancel(errClosing) })
	return ctx, func() { stop(); cancel(nil) }
}

// aftermath is for what must be finished though the client has left.
func (s *Service) aftermath(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}
