// dockerrunner_alone.go contains the docker-runner API without Caddy, for the
// command `devproxy docker-runner`.

package caddymodule

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
)

// DockerRunnerVariableError says which variable keeps ServeDockerRunner from
// serving.
type DockerRunnerVariableError = dockerrunner.VariableError

// DockerRunnerListenError says that ServeDockerRunner cannot listen.
type DockerRunnerListenError = dockerrunner.ListenError

// ServeDockerRunner serves the docker-runner API on DOCKER_RUNNER_HOST and
// DOCKER_RUNNER_PORT until the context ends, and logs JSON. The error joins a
// *DockerRunnerVariableError for each variable that is wrong, or is a
// *DockerRunnerListenError.
func ServeDockerRunner(ctx context.Context, to io.Writer) error {
	settings, err := dockerrunner.Read(os.Getenv, os.Environ())
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: settings.Level}))
	if !settings.Loopback() {
		log.Warn("whoever holds the secret and reaches this port is root on the engine's machine, and nothing here is encrypted: put TLS before it")
	}
	return dockerrunner.Serve(ctx, settings, log, func(address string) {
		log.Info("docker-runner is listening", "address", address, "state", settings.StateDir)
	})
}
