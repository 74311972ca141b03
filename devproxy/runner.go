package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/standalone"
)

// runnerOptions are the flags of `runner`. What it serves is said by
// environment variables, as images are configured.
type runnerOptions struct {
	check bool
	url   string
	grace time.Duration
}

func newRunner() *cobra.Command {
	o := new(runnerOptions)
	cmd := &cobra.Command{
		Use:   "runner",
		Short: "Serve extensions by themselves, as the container image does",
		Long: "Serve extensions on a port of their own, without an app and without Caddy: what the\n" +
			"image of the docker backend runs. Environment variables configure it; docs/backends.md\n" +
			"has them all. SIGTERM lets requests end.",
		Example: "  PORT=8085 HOST=127.0.0.1 RUNNER_STATE_DIR=/tmp/runner RUNNER_EXTENSIONS_DIR=$PWD/examples devproxy runner\n" +
			"  devproxy runner --check --url http://127.0.0.1:8085",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.check, "check", false, "ask a running one whether it is healthy, and exit 0 or 1")
	flags.StringVar(&o.url, "url", "", "the one that --check asks (default: the one that HOST and PORT describe)")
	flags.DurationVar(&o.grace, "grace", 10*time.Second, "how long requests may take to end after SIGTERM")
	return cmd
}

func (o *runnerOptions) run(cmd *cobra.Command) error {
	if o.url != "" && !o.check {
		return usageFault("flag_without_effect", "add --check, or set HOST and PORT to choose where to listen", "--url says which runner --check asks")
	}
	settings, err := standalone.Read(os.Getenv)
	switch {
	case o.check && o.url != "":
		return ask(cmd.Context(), o.url)
	case err != nil:
		return runnerFault(err)
	case o.check:
		return ask(cmd.Context(), settings.BaseURL())
	}
	settings.Grace = o.grace
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewJSONHandler(cmd.OutOrStdout(), nil))
	warnRunner(log, settings)
	server, err := standalone.Open(ctx, settings, log)
	if err != nil {
		return runnerFault(err)
	}
	return server.Serve(ctx)
}

// ask is what a container's health check runs: an image made from scratch has
// nothing else that could.
func ask(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := standalone.Check(ctx, url); err != nil {
		return &fault{Code: "runner_unhealthy", Exit: exitFailure, Err: err, Fix: "see the runner's own log"}
	}
	return nil
}

// warnRunner says what is easily overlooked.
func warnRunner(log *slog.Logger, settings standalone.Settings) {
	if ip := net.ParseIP(settings.Host); settings.ServiceToken == "" && (ip == nil || !ip.IsLoopback()) {
		log.Warn("whoever reaches this port can run the handlers: set RUNNER_SERVICE_TOKEN, or publish the port on 127.0.0.1 only")
	}
	if names := standalone.Ignored(os.Getenv); len(names) > 0 {
		log.Warn("these variables have no effect on this runner", "names", strings.Join(names, ", "))
	}
}

func runnerFault(err error) error {
	var listen *standalone.ListenError
	var variable *standalone.VariableError
	switch {
	case errors.As(err, &listen):
		return runnerPortFault(listen)
	case errors.As(err, &variable):
		return usageFault("variable_invalid", "correct it in .env.runner or in the environment; docs/backends.md has all variables", "%w", err)
	}
	return fmt.Errorf("starting the runner: %w", err)
}

// runnerPortFault names the variables in place of up's flags.
func runnerPortFault(listen *standalone.ListenError) error {
	err := portFault(listen.Address, listen.Err)
	var f *fault
	if errors.As(err, &f) {
		f.Fix = "set HOST and PORT to an address of this machine that is free"
	}
	return err
}
