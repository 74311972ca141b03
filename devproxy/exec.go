package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/compose/docker"
)

func newExec() *cobra.Command {
	var flags composeFlags
	cmd := &cobra.Command{
		Use:   "exec SERVICE -- COMMAND…",
		Short: "Run a command in a container of the docker backend",
		Long: "Run a command in the container of a service, for the runner that of its live\n" +
			"generation. The exit code is the command's. In a terminal the command gets one too.",
		Example: "  devproxy exec extension-runner -- /devproxy version\n  devproxy exec db -- psql -U postgres < seed.sql",
		GroupID: "dev",
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.ArgsLenAtDash() == 1 && len(args) > 1 {
				return nil
			}
			return usageFault("unexpected_argument", "write 'devproxy exec SERVICE -- COMMAND'", "exec takes one service, and a command behind '--'")
		},
		ValidArgsFunction: completeServices(&flags, 1),
		RunE:              func(cmd *cobra.Command, args []string) error { return runExec(cmd, &flags, args[0], args[1:]) },
	}
	flags.add(cmd.Flags(), "f")
	return cmd
}

func runExec(cmd *cobra.Command, flags *composeFlags, service string, command []string) error {
	c, err := flags.open(cmd.Context())
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.checkService(service); err != nil {
		return err
	}
	spec := docker.ExecSpec{Cmd: command, Stdin: cmd.InOrStdin(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr()}
	restore, err := shareTerminal(cmd.Context(), &spec)
	if err != nil {
		return err
	}
	code, err := c.exec(cmd.Context(), service, spec)
	restore()
	if err != nil {
		return dockerFault(err)
	}
	if code != 0 {
		return childExit(code)
	}
	return nil
}

// exec prefers the generation that has the traffic to one that only starts.
func (o *opened) exec(ctx context.Context, service string, spec docker.ExecSpec) (int, error) {
	list, err := o.listing(ctx)
	if err != nil {
		return 0, err
	}
	runs := false
	for _, m := range list.Containers {
		if m.Live && m.Service == service {
			return o.Engine.Exec(ctx, m.ID, spec)
		}
		runs = runs || m.Service == service && m.runs()
	}
	if !runs {
		return 0, o.notRunning(service)
	}
	return o.Exec(ctx, service, spec)
}

// childExit is the exit code of a command that said itself what went wrong.
type childExit int

func (c childExit) Error() string { return fmt.Sprintf("the command ended with exit code %d", int(c)) }
