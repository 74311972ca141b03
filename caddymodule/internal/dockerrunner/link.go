package dockerrunner

import (
	"context"
	"net/netip"
	"os"
	"slices"

	"github.com/same-origin/devproxy/compose/docker"
)

// link is the way to the engine, found when it is first needed: the service is up
// before its engine is.
type link struct {
	environ []string
	turn    chan struct{} // held by who looks for the engine
	engine  *docker.Engine
	raw     *docker.Raw
}

func newLink(environ []string) *link {
	if environ == nil {
		environ = os.Environ()
	}
	// Not through another docker-runner, nor through itself.
	environ = append(slices.Clone(environ), "RUNNER_DOCKER_API=")
	return &link{environ: environ, turn: make(chan struct{}, 1)}
}

// get is the engine once one has answered.
func (l *link) get(ctx context.Context) (*docker.Raw, error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.raw == nil {
		engine, err := docker.Connect(ctx, docker.Options{Environ: l.environ})
		if err != nil {
			return nil, err
		}
		l.engine, l.raw = engine, engine.Raw()
	}
	return l.raw, nil
}

// gateway is where containers reach the engine's machine; see docker.HostGateway.
func (l *link) gateway(ctx context.Context) (netip.Addr, error) {
	if _, err := l.get(ctx); err != nil {
		return netip.Addr{}, err
	}
	return l.engine.HostGateway(ctx) // once found, it stays
}

// remote is the engine's host when that is another machine; of an engine that was
// found.
func (l *link) remote() string { return l.engine.Remote() }

func (l *link) close() {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if l.raw != nil {
		l.raw.Close()
		_ = l.engine.Close()
	}
}

// ask sends a request whose answer does not matter.
func (s *Service) ask(ctx context.Context, q docker.Request) error {
	return s.decode(ctx, q, nil)
}

// decode sends a request and reads its answer.
func (s *Service) decode(ctx context.Context, q docker.Request, into any) error {
	engine, err := s.engine.get(ctx)
	if err != nil {
		return err
	}
	return engine.Decode(ctx, q, into)
}
