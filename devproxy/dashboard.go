package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func newDashboard() *cobra.Command {
	var quiet, asJSON bool
	cmd := &cobra.Command{
		Use:   "dashboard",
		Short: "Open the dashboard, with buttons to rebuild, swap and restart",
		Long: "Open the dashboard, with buttons to rebuild, swap and restart, on a port of its own.\n\n" +
			"The address that is printed lets one browser in. Without buttons, the dashboard is\n" +
			"at /__runner/ on the app's origin, for everybody who reaches that.",
		Example: "  devproxy dashboard\n  devproxy dashboard --no-open\n  devproxy dashboard --no-open --json",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDashboard(cmd, quiet, asJSON) },
	}
	cmd.Flags().BoolVar(&quiet, "no-open", false, "print the address and open no browser")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// dashboardDocument is what --json prints.
type dashboardDocument struct {
	form
	URL string `json:"url" jsonschema:"format=uri"` // lets one browser in
}

func runDashboard(cmd *cobra.Command, quiet, asJSON bool) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	address, err := newAdmin(p).dashboard(cmd.Context())
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(cmd.OutOrStdout(), "dashboard", &dashboardDocument{URL: address})
	} else {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), address)
	}
	if err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	if quiet {
		return nil
	}
	openBrowser(cmd.ErrOrStderr(), address)
	return nil
}

// dashboard opens the port; the dashboard shows extensions from the app's
// origin.
func (a *admin) dashboard(ctx context.Context) (string, error) {
	origin, err := a.site(ctx)
	if err != nil {
		return "", err
	}
	var answer caddymodule.DashboardAnswer
	query := url.Values{"origin": {origin}}
	err = a.do(ctx, http.MethodPost, "/runner/dashboard?"+query.Encode(), func(body io.Reader) error {
		return json.NewDecoder(body).Decode(&answer)
	})
	return answer.URL, err
}

// site is the URL that the running config serves the app at.
func (a *admin) site(ctx context.Context) (string, error) {
	var s runnerstatus.Snapshot
	err := a.status(ctx, &s)
	return s.URL, err
}
