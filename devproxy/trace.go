package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func newTrace() *cobra.Command {
	var last, asJSON bool
	cmd := &cobra.Command{
		Use:   "trace REQUEST_ID | --last",
		Short: "Show what happened during one call of a handler, in order",
		Long: "Show what happened during one call of a handler, in order: the browser's request,\n" +
			"the gateway, the backend, the lines that the handler logged, and the calls that it\n" +
			"made of the platform, each with its offset and duration. The id is in the answer's\n" +
			"X-Request-Id and in the log; its beginning is enough.",
		Example: "  devproxy trace --last\n  devproxy trace 4f1c2a\n  devproxy trace 4f1c2a --json",
		GroupID: "dev",
		Args: func(_ *cobra.Command, args []string) error {
			if last == (len(args) == 1) || len(args) > 1 {
				return usageFault("unexpected_argument", "write 'devproxy trace REQUEST_ID' or 'devproxy trace --last'", "trace takes one request id, or --last")
			}
			return nil
		},

		ValidArgsFunction: completeExecutes,

		RunE: func(cmd *cobra.Command, args []string) error { return runTrace(cmd, args, asJSON) },
	}
	cmd.Flags().BoolVar(&last, "last", false, "the last call")
	cmd.SetFlagErrorFunc(traceFlagFault)
	jsonFlag(cmd, &asJSON)
	return cmd
}

// traceFlagFault knows who lists the calls that can be traced.
func traceFlagFault(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedName() == "list" {
		return usageFault("unknown_flag", "list the calls with 'devproxy replay --list'", "%w", err)
	}
	return flagFault(cmd, err)
}

// traced is what `trace --json` prints: the call as it was recorded, events in
// order, and its log.
type traced struct {
	form
	Events []traceEvent `json:"events"`
	runnerstatus.Tracing
}

func runTrace(cmd *cobra.Command, ids []string, asJSON bool) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	var found runnerstatus.Tracing
	if err := newAdmin(p).recorded(cmd.Context(), http.MethodGet, "/runner/trace", url.Values{"id": ids}, &found); err != nil {
		return err
	}
	out := traced{Events: eventsOf(found), Tracing: found}
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), "trace", &out)
	}
	return printTrace(cmd.OutOrStdout(), out)
}

func printTrace(w io.Writer, t traced) error {
	e := t.Execute
	backend := cmp.Or(e.Backend, "no backend")
	if e.Generation > 0 {
		backend += fmt.Sprintf(" #%d", e.Generation)
	}
	fmt.Fprintf(w, "%s  %s  build %s, %s, %s\n\n", e.ID, e.Extension, e.Build, backend, e.Time.Local().Format("2006-01-02 15:04:05.000"))
	for _, event := range t.Events {
		took := ""
		if event.MS > 0 {
			took = fmt.Sprintf("%.1f ms", event.MS)
		}
		fmt.Fprintf(w, "%9.1f ms  %10s  %-8s  %s\n", event.At, took, event.Source, event.Text)
	}
	if e.Trace == nil && e.Answer.Code == "" {
		fmt.Fprintf(w, "\nThe runner on %s tells nothing of what its handlers call and log.\n", backend)
	}
	if e.Trace != nil && e.Trace.Dropped > 0 {
		fmt.Fprintf(w, "\n%d more calls and lines were not kept.\n", e.Trace.Dropped)
	}
	return nil
}
