package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func newRestart() *cobra.Command {
	var build, asJSON bool
	cmd := &cobra.Command{
		Use:   "restart [SERVICE]",
		Short: "Restart a service of the docker backend; the runner without a gap",
		Long: "Restart a service of the docker backend. The runner, which is the default, is\n" +
			"replaced by another generation that takes the traffic once it is healthy; when it\n" +
			"does not get healthy, the one before goes on. Other services stop and start.",
		Example: "  devproxy restart\n  devproxy restart --build\n  devproxy restart db\n  devproxy restart --json",
		GroupID: "dev",
		Args:    cobra.MaximumNArgs(1),

		ValidArgsFunction: completeServices(new(composeFlags), 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			service := ""
			if len(args) > 0 {
				service = args[0]
			}
			return runRestart(cmd, service, build, asJSON)
		},
	}
	cmd.Flags().BoolVar(&build, "build", false, "make the runner's image anew first")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func runRestart(cmd *cobra.Command, service string, build, asJSON bool) error {
	// Ctrl-C gives the new generation up; the one before goes on
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	p, err := findRunning()
	if err != nil {
		return err
	}
	a := newAdmin(p)
	var before runnerstatus.Snapshot
	if err := a.status(ctx, &before); err != nil {
		return err
	}
	if err := checkRestart(ctx, p, &before, service, build); err != nil {
		return err
	}
	shown := newProgress(cmd, false).follow(ctx, newAdmin(p))
	after, err := a.restart(ctx, service, build)
	shown()
	if err != nil {
		return err
	}
	if after.Compose == nil {
		return noProject(&after)
	}
	if asJSON {
		return printStatusJSON(cmd.OutOrStdout(), after)
	}
	if service != "" && service != after.Compose.Service {
		fmt.Fprintln(cmd.OutOrStdout(), service, "has restarted")
		return nil
	}
	fmt.Fprintf(cmd.OutOrStdout(), "generation %d of %s has the traffic\n", after.Generation(), after.Compose.Service)
	return nil
}

// checkRestart finds what devproxy would refuse, or misunderstand.
func checkRestart(ctx context.Context, p project, s *runnerstatus.Snapshot, service string, build bool) error {
	if d := s.Docker(); s.Compose == nil && service == "" && d != nil && d.Error != nil && d.Status != runnerstatus.Stopped {
		return nil // its files could not be used; they may have been corrected
	}
	if s.Compose == nil {
		return noProject(s)
	}
	if service == "" || service == s.Compose.Service {
		return nil
	}
	c, err := new(composeFlags).openOf(ctx, p, s)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.checkService(service); err != nil {
		return err
	}
	if build {
		return usageFault("conflicting_flags", "leave --build out, or "+service, "--build is for the runner, which is %s", s.Compose.Service)
	}
	return nil
}

// restart waits for as long as building and getting healthy take.
func (a *admin) restart(ctx context.Context, service string, build bool) (runnerstatus.Snapshot, error) {
	query := url.Values{}
	if service != "" {
		query.Set("service", service)
	}
	if build {
		query.Set("rebuild", "1")
	}
	a.client.Timeout = 0
	var after runnerstatus.Snapshot
	err := a.do(ctx, http.MethodPost, "/runner/restart?"+query.Encode(), func(body io.Reader) error {
		return json.NewDecoder(body).Decode(&after)
	})
	if ctx.Err() != nil {
		err = &fault{Code: "interrupted", Exit: exitForced, Err: errors.New("nobody waits for the restart any more"), Fix: "see 'devproxy ps' for what became of it"}
	}
	var refused *refusal
	if errors.As(err, &refused) {
		err = &fault{Code: "restart_failed", Exit: exitFailure, Err: refused}
	}
	return after, err
}
