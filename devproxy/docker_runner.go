package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
)

func newDockerRunner() *cobra.Command {
	return &cobra.Command{
		Use:   "docker-runner",
		Short: "Serve this machine's container engine to those who hold a secret",
		Long: "Serve the docker-runner API: images, containers, commands, logs and events of a\n" +
			"container engine over signed HTTP, on 127.0.0.1:7071 unless DOCKER_RUNNER_HOST and\n" +
			"DOCKER_RUNNER_PORT say otherwise. Whoever holds the secret is root on the engine's\n" +
			"machine. docs/docker-runner.md has all variables. SIGTERM ends it.",
		Example: "  DOCKER_RUNNER_SHARED_SECRET=$(openssl rand -hex 32) devproxy docker-runner",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    runDockerRunner,
	}
}

func runDockerRunner(cmd *cobra.Command, _ []string) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := caddymodule.ServeDockerRunner(ctx, cmd.OutOrStdout())
	var listen *caddymodule.DockerRunnerListenError
	var variable *caddymodule.DockerRunnerVariableError
	switch {
	case errors.As(err, &listen):
		return dockerRunnerPortFault(listen)
	case errors.As(err, &variable):
		return usageFault("variable_invalid", "correct it in the environment; docs/docker-runner.md has all variables", "%w", err)
	case err != nil:
		return fmt.Errorf("serving the docker-runner API: %w", err)
	}
	return nil
}

// dockerRunnerPortFault names the variables in place of up's flags.
func dockerRunnerPortFault(listen *caddymodule.DockerRunnerListenError) error {
	err := portFault(listen.Address, listen.Err)
	var f *fault
	if errors.As(err, &f) {
		f.Fix = "set DOCKER_RUNNER_HOST and DOCKER_RUNNER_PORT to an address of this machine that is free"
	}
	return err
}
