package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func newStatus() *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show what the running devproxy does, and what is wrong",
		Example: "  devproxy status\n  devproxy status --json\n  devproxy status --check",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runStatus(cmd, asJSON, check)
		},
	}
	jsonFlag(cmd, &asJSON)
	cmd.Flags().BoolVar(&check, "check", false, "exit with 3 when a backend that gets requests is not up, or the newest save is not what answers")
	return cmd
}

// statusDocument is what --json prints, also of commands that change the state.
type statusDocument struct {
	form
	runnerstatus.Snapshot
}

func printStatusJSON(w io.Writer, s runnerstatus.Snapshot) error {
	return writeJSON(w, "status", &statusDocument{Snapshot: s})
}

func runStatus(cmd *cobra.Command, asJSON, check bool) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	var s runnerstatus.Snapshot
	if err := newAdmin(p).status(cmd.Context(), &s); err != nil {
		return err
	}
	if asJSON {
		err = printStatusJSON(cmd.OutOrStdout(), s)
	} else {
		err = printStatus(cmd.OutOrStdout(), s)
	}
	if err != nil || !check {
		return err
	}
	return unhealthy(s)
}

func printStatus(w io.Writer, s runnerstatus.Snapshot) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if s.URL != "" {
		fmt.Fprintf(w, "origin %s\n\n", s.URL)
	}
	fmt.Fprintln(table, "BACKEND\tKIND\tSTATE\tIN FLIGHT\tADDRESS")
	for _, b := range s.Backends {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", b.Name, b.Kind, stateOf(b), b.InFlight, b.BaseURL)
	}
	for _, b := range s.Backends {
		printBackend(table, b)
	}
	fmt.Fprintln(table, "\nEXTENSION\tVERSION\tHANDLER\tBUILD\tFOLDER")
	for _, e := range s.Extensions {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", cmp.Or(e.ID, "(invalid)"), e.Version, handlerOf(e.Handler), e.Build, e.Dir)
	}
	for _, e := range s.Extensions {
		printExtension(table, e)
	}
	if s.Error != "" {
		fmt.Fprintf(table, "\nerror: %s\n", s.Error)
	}
	return table.Flush()
}

// printExtension says of an extension what does not fit into its line.
func printExtension(w io.Writer, e runnerstatus.Extension) {
	if e.Error != nil && !toldByProblems(e) {
		fmt.Fprintf(w, "\n%s: %s\n", e.Error.Code, e.Error.Message)
	}
	if e.LatestBuild != "" {
		fmt.Fprintf(w, "\n%s: build %s answers, not the working tree (%s)\n  fix: save a file, or 'devproxy use-build --latest'\n", e.ID, e.Build, e.LatestBuild)
	}
	printProblems(w, "problem", e.Problems)
	if e.Handler.Message != "" && !slices.ContainsFunc(e.Problems, func(p runnerstatus.Problem) bool { return p.Target == "handler" }) {
		printProblems(w, "handler_"+e.Handler.Status, []runnerstatus.Problem{{Message: e.Handler.Message, Fix: e.Handler.Fix}})
	}
	printProblems(w, "warning", e.Warnings)
}

// printBackend says of a backend what does not fit into its line.
func printBackend(w io.Writer, b runnerstatus.Backend) {
	if b.Service != "" && b.Status != runnerstatus.Stopped {
		fmt.Fprintf(w, "\n%s: Knative service %s, revision %s\n", b.Name, b.Service, cmp.Or(b.Revision, "none"))
	}
	if b.ColdStarts != nil {
		fmt.Fprintf(w, "\n%s: cold starts: %d, the last one %.1f s\n", b.Name, b.ColdStarts.Count, float64(b.ColdStarts.LastMS)/1000)
	}
	if b.Error == nil {
		return
	}
	fmt.Fprintf(w, "\n%s: %s: %s\n", b.Name, b.Error.Code, b.Error.Message)
	if b.Error.Fix != "" {
		fmt.Fprintf(w, "  fix: %s\n", b.Error.Fix)
	}
}

func stateOf(b runnerstatus.Backend) string {
	state := b.Status
	if state == runnerstatus.Unconfigured {
		state = "not configured"
	}
	if b.Emulated {
		state += ", emulating Knative"
	}
	if b.Share != nil {
		state += ", shares the requests"
	}
	if b.Selected {
		return state + ", selected"
	}
	return state
}

// handlerOf gives "ready, source".
func handlerOf(h runnerstatus.Handler) string {
	if h.Mode == "" {
		return h.Status
	}
	return h.Status + ", " + h.Mode
}

func printProblems(w io.Writer, kind string, list []runnerstatus.Problem) {
	for _, p := range list {
		fmt.Fprintf(w, "\n%s: %s\n", cmp.Or(p.Code, kind), p)
		if p.Frame != "" {
			fmt.Fprintln(w, p.Frame)
		}
		if p.Fix != "" {
			fmt.Fprintf(w, "  fix: %s\n", p.Fix)
		}
	}
}
