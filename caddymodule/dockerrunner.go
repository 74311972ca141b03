// dockerrunner.go contains DockerRunner, which serves the docker-runner API in a
// site, and its directive.

package caddymodule

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
)

func init() {
	caddy.RegisterModule(DockerRunner{})
	httpcaddyfile.RegisterHandlerDirective("docker_runner", parseDockerRunner)
	httpcaddyfile.RegisterDirectiveOrder("docker_runner", httpcaddyfile.After, "templates")
}

// DockerRunner serves a container engine over HTTP, at /v1/…, for those who sign
// their requests with the shared secret. Give it a site of its own, on a loopback
// address: who holds the secret is root on the engine's machine.
type DockerRunner struct {
	// Secret is what clients sign with. Default: the variable
	// DOCKER_RUNNER_SHARED_SECRET; one of them is required.
	Secret string `json:"secret,omitempty"`

	// StateDir holds when containers were last used. Default: the variable
	// DOCKER_RUNNER_STATE_DIR, else `devproxy/docker-runner` in the user's state
	// folder.
	StateDir string `json:"state_dir,omitempty"`

	// Socket is the engine's. Default: the variables DOCKER_SOCKET,
	// DOCKER_RUNNER_SOCKET and DOCKER_HOST, then where engines usually are.
	Socket string `json:"socket,omitempty"`

	// NoStreams refuses streams of bytes to the engine and to containers, by
	// which a devproxy elsewhere runs its containers here. Default: the variable
	// DOCKER_RUNNER_STREAMS, else false.
	NoStreams bool `json:"no_streams,omitempty"`

	key     string
	service *dockerrunner.Service
	handler http.Handler // of service, for those who sign with Secret
}

// CaddyModule returns the Caddy module information.
func (DockerRunner) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.docker_runner", New: func() caddy.Module { return new(DockerRunner) }}
}

// dockerRunners lets a service, with the nonces that it knows, outlive a reload.
var dockerRunners = caddy.NewUsagePool()

// pooledRunner ends a service once no config has it.
type pooledRunner struct{ *dockerrunner.Service }

func (p pooledRunner) Destruct() error { return p.Close() }

// Provision opens the service, or finds the one that an earlier config opened.
func (d *DockerRunner) Provision(ctx caddy.Context) error {
	settings, err := dockerrunner.Read(d.getenv, os.Environ())
	if err != nil {
		return err
	}
	// A changed setting means another service, but for the secret: what runs is to
	// go on, and the nonces and leases are the same.
	key := settings.StateDir + "\x00" + d.Socket
	value, _, err := dockerRunners.LoadOrNew(key, func() (caddy.Destructor, error) {
		service, err := dockerrunner.Open(settings, ctx.Slogger())
		return pooledRunner{service}, err
	})
	if err != nil {
		return err
	}
	d.key, d.service = key, value.(pooledRunner).Service
	d.handler = d.service.For(settings.Secret)
	d.service.SetLogger(ctx.Slogger()) // a logger belongs to one config
	d.service.AllowStreams(!settings.NoStreams)
	events, err := ctx.App("events")
	if err != nil {
		return err
	}
	// Not here: `caddy validate` comes this far too, beside a service that runs.
	if err := events.(*caddyevents.App).On("started", onStartedRunner{d.service}); err != nil {
		return fmt.Errorf("subscribing to Caddy's started event: %w", err)
	}
	return nil
}

// onStartedRunner begins to remove containers once every app has started.
type onStartedRunner struct{ service *dockerrunner.Service }

func (s onStartedRunner) Handle(context.Context, caddy.Event) error {
	s.service.Start()
	return nil
}

// getenv gives what the config says before what the environment does.
func (d *DockerRunner) getenv(name string) string {
	said := map[string]string{"DOCKER_RUNNER_SHARED_SECRET": d.Secret, "DOCKER_RUNNER_STATE_DIR": d.StateDir, "DOCKER_SOCKET": d.Socket}
	if d.NoStreams {
		said["DOCKER_RUNNER_STREAMS"] = "off"
	}
	return cmp.Or(caddy.NewReplacer().ReplaceAll(said[name], ""), os.Getenv(name))
}

// Cleanup lets go of the service.
func (d *DockerRunner) Cleanup() error {
	if d.service == nil {
		return nil
	}
	_, err := dockerRunners.Delete(d.key)
	return err
}

func (d *DockerRunner) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if sent, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && sent.RequestURI != r.RequestURI {
		// The signature is over what was sent, whatever was rewritten since.
		clone := *r
		clone.RequestURI = sent.RequestURI
		r = &clone
	}
	d.handler.ServeHTTP(w, r)
	return nil
}

// parseDockerRunner sets up the handler from Caddyfile tokens. Syntax:
//
//	docker_runner {
//	    secret    <secret>
//	    state_dir <path>
//	    socket    <path>
//	    streams   on|off
//	}
//
// Without options, environment variables say it all.
func parseDockerRunner(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	d := new(DockerRunner)
	return d, d.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the handler; see parseDockerRunner.
func (d *DockerRunner) UnmarshalCaddyfile(tokens *caddyfile.Dispenser) error {
	tokens.Next() // consume the directive's name
	if tokens.NextArg() {
		return tokens.ArgErr()
	}
	return options{
		"secret": text(&d.Secret), "state_dir": text(&d.StateDir), "socket": text(&d.Socket), "streams": not(&d.NoStreams),
	}.parse(tokens, "docker_runner")
}

// Interface guards
var (
	_ caddy.Provisioner           = (*DockerRunner)(nil)
	_ caddy.CleanerUpper          = (*DockerRunner)(nil)
	_ caddyhttp.MiddlewareHandler = (*DockerRunner)(nil)
	_ caddyfile.Unmarshaler       = (*DockerRunner)(nil)
)
