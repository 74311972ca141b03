package docker

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"github.com/same-origin/devproxy/compose/runnerclient"
)

// pingTimeout bounds one candidate: a socket whose daemon hangs must not keep
// the next one from being tried.
const pingTimeout = 3 * time.Second

// Options say where to look for an engine.
type Options struct {
	// Environ is the environment to read (KEY=value). Default: os.Environ().
	Environ []string
}

// Engine is a container engine that answered. It holds no connection open for
// long: after a restart of the daemon the next call simply dials again. Safe for
// concurrent use.
type Engine struct {
	cli              *client.Client
	source, endpoint string
	remote           string
	service          *runnerclient.Client // that leads to it; nil for none
}

// Connect finds an engine and negotiates the API version. The order is
// RUNNER_DOCKER_API, DOCKER_HOST, DOCKER_CONTEXT, the current context of the Docker configuration,
// then the known sockets. What the environment names is final: when it does not
// answer, no other engine is taken in its place. The error is an
// *UnavailableError that lists what was tried.
func Connect(ctx context.Context, opts Options) (*Engine, error) {
	env := environment(opts.Environ)
	unavailable := &UnavailableError{}
	for _, c := range candidates(env) {
		engine, err := c.dial(ctx, env)
		if err == nil {
			return engine, nil
		}
		unavailable.Tried = append(unavailable.Tried, Attempt{Source: c.source, Endpoint: c.endpoint, Err: err})
	}
	return nil, unavailable
}

// Source says what led to this engine, e.g. "DOCKER_HOST" or "context colima".
func (e *Engine) Source() string { return e.source }

// Endpoint is the engine's address, e.g. "unix:///var/run/docker.sock", or
// "docker-runner+http://host:7071" behind a docker-runner; DOCKER_HOST takes it.
func (e *Engine) Endpoint() string { return e.endpoint }

// APIVersion is the negotiated version, e.g. "1.41".
func (e *Engine) APIVersion() string { return e.cli.ClientVersion() }

// Ping asks whether the engine answers now.
func (e *Engine) Ping(ctx context.Context) error {
	_, err := e.cli.Ping(ctx)
	return mapped("reaching the engine", e.endpoint, err)
}

// Close drops idle connections.
func (e *Engine) Close() error {
	if e.service != nil {
		e.service.Close()
	}
	return e.cli.Close()
}

// environment turns KEY=value lines into a lookup; the last one wins.
func environment(lines []string) map[string]string {
	if lines == nil {
		lines = os.Environ()
	}
	env := make(map[string]string, len(lines))
	for _, line := range lines {
		if key, value, ok := strings.Cut(line, "="); ok {
			env[key] = value
		}
	}
	return env
}
