// through.go contains the way to an engine through the docker-runner API of its
// machine: every connection, to the engine and to its containers, is a stream of
// that one service.

package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"github.com/same-origin/devproxy/compose/runnerclient"
)

// The variables of an engine behind a docker-runner, and the scheme by which its
// address is told from an engine's own.
const (
	apiVariable    = "RUNNER_DOCKER_API"
	secretVariable = "DOCKER_RUNNER_SHARED_SECRET"
	apiScheme      = "docker-runner+"
)

// through makes a candidate of a service's URL, of which nobody is shown a password.
func through(source, address string, env map[string]string) candidate {
	c := candidate{source: source}
	service, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil { // not its words: they repeat a password
		c.err = &addressError{"it is no address", formOf(source)}
		return c
	}
	c.endpoint = apiScheme + service.Redacted() // which logs and the status show
	secret := strings.TrimSpace(env[secretVariable])
	if secret == "" {
		c.err = &addressError{secretVariable + " is not set", "set it to the secret of the docker-runner at " + service.Redacted()}
		return c
	}
	c.service, err = runnerclient.New(runnerclient.Options{BaseURL: address, Secret: secret})
	if err != nil {
		c.err = &addressError{"it is no address of a docker-runner", formOf(source)}
	}
	return c
}

// LeadsThroughRunner says whether DOCKER_HOST in an environment is the address of a
// docker-runner, and not of an engine.
func LeadsThroughRunner(environ []string) bool {
	return strings.HasPrefix(environment(environ)[hostVariable], apiScheme)
}

func formOf(source string) string { return "write " + source + " as http://HOST:7071 or https://HOST" }

// serviceOptions have the Docker client talk over the service's streams.
func serviceOptions(service *runnerclient.Client) []client.Opt {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialled(service.DialEngine(ctx))
		},
		// As the Docker client's own; a proxy would be one between it and the stream.
		MaxIdleConns: 6, IdleConnTimeout: 30 * time.Second, DisableCompression: true,
	}
	return []client.Opt{client.WithHost("tcp://" + service.BaseURL().Host), client.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: client.CheckRedirect})}
}

// dialled gives what keeps a stream from coming about the form of an error of the
// network, which everybody takes for what it is: the engine is away.
func dialled(conn net.Conn, err error) (net.Conn, error) {
	var refused *runnerclient.RequestError
	if errors.As(err, &refused) {
		return nil, &net.OpError{Op: "dial", Net: "docker-runner", Err: refused}
	}
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// Through says that the engine, and every container's port, is reached through a
// docker-runner's streams.
func (e *Engine) Through() bool { return e.service != nil }

// Service is the address of that docker-runner; nil for none.
func (e *Engine) Service() *url.URL {
	if e.service == nil {
		return nil
	}
	return e.service.BaseURL()
}

// DialContext connects to an address of [Engine.Address]. The network is tcp.
func (e *Engine) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if e.service == nil {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	id, text, err := net.SplitHostPort(address)
	port, wrong := strconv.ParseUint(text, 10, 16)
	if err = cmp.Or(err, wrong); err != nil {
		return nil, fmt.Errorf("reading the address of a container: %w", err)
	}
	return dialled(e.service.DialContainer(ctx, id, uint16(port)))
}

// Address is where [Engine.DialContext] finds a TCP port of a container that runs,
// as host:port; "" when it finds none. See [Container.Address].
func (e *Engine) Address(c Container, port uint16) string {
	if e.service != nil && c.Running() {
		return net.JoinHostPort(short(c.ID), strconv.Itoa(int(port)))
	}
	return c.Address(port)
}

// Listen accepts what containers connect to on the engine's machine, of an engine
// with [Engine.Through].
func (e *Engine) Listen(ctx context.Context, port uint16) (*runnerclient.Inbound, error) {
	if e.service == nil {
		return nil, errors.ErrUnsupported
	}
	return e.service.Listen(ctx, port)
}
