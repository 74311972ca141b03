package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// replayOptions are the flags of `replay`.
type replayOptions struct {
	backends, ignore   []string
	diff, asJSON, list bool
	last               int
}

func newReplay() *cobra.Command {
	o := new(replayOptions)
	cmd := &cobra.Command{
		Use:   "replay [ID…]",
		Short: "Send recorded calls of handlers again, and compare the answers",
		Long: "Send recorded calls of handlers again, and compare status, headers and body: with\n" +
			"the record, or, with several backends, with the first one's. Without an ID it is\n" +
			"the last call. The extension answers as it is now, and does again what the call\n" +
			"does. The exit code is 1 where an answer differs.",
		Example: "  devproxy replay --list\n  devproxy replay --diff\n  devproxy replay 4f1c2a --ignore body.count\n" +
			"  devproxy replay --last 20 --backend embedded,docker --diff --json",
		GroupID: "dev",

		ValidArgsFunction: completeExecutes,

		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&o.backends, "backend", "b", nil, "who answers, one or several (default: the selected one)")
	flags.BoolVar(&o.diff, "diff", false, "show what differs, place by place")
	flags.StringArrayVar(&o.ignore, "ignore", nil, "leave a place out, such as body.id or headers.etag, repeatable")
	flags.IntVar(&o.last, "last", 0, "the last so many calls (default: 1)")
	flags.BoolVar(&o.list, "list", false, "list what is recorded, and send nothing")
	jsonFlag(cmd, &o.asJSON)
	suggestWith(cmd, "backend", completeBackends)
	return cmd
}

// replayDocument is what `replay --json` prints, and executesDocument what it
// does with --list.
type (
	replayDocument struct {
		form
		runnerstatus.Replays
	}
	executesDocument struct {
		form
		caddymodule.Executes
	}
)

func (o *replayOptions) run(cmd *cobra.Command, ids []string) error {
	switch {
	case o.last < 0 || cmd.Flags().Changed("last") && o.last == 0:
		return usageFault("invalid_flag", "write how many, 1 or more", "--last %d is no number of calls", o.last)
	case o.last > 0 && len(ids) > 0:
		return usageFault("conflicting_flags", "leave one of them out", "--last and an ID both say which calls")
	}
	p, err := findRunning()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	if o.list {
		return o.printList(ctx, cmd.OutOrStdout(), newAdmin(p))
	}
	query := url.Values{"id": ids, "backend": o.backends, "ignore": o.ignore}
	if len(ids) == 0 {
		query.Set("last", strconv.Itoa(max(o.last, 1)))
	}
	var out runnerstatus.Replays
	if err := newAdmin(p).recorded(ctx, http.MethodPost, "/runner/replay", query, &out); err != nil {
		if ctx.Err() != nil {
			return &fault{Code: "interrupted", Exit: exitForced, Err: errors.New("nobody waits for the answers any more"), Fix: "what was sent may have had its effects"}
		}
		return err
	}
	if err := o.print(cmd.OutOrStdout(), out); err != nil {
		return err
	}
	return o.differing(out)
}

func (o *replayOptions) print(w io.Writer, out runnerstatus.Replays) error {
	if o.asJSON {
		return writeJSON(w, "replay", &replayDocument{Replays: out})
	}
	for _, r := range out.Replays {
		o.printReplay(w, r)
	}
	return nil
}

func (o *replayOptions) printReplay(w io.Writer, r runnerstatus.Replay) {
	e := r.Execute
	fmt.Fprintf(w, "%s  %s %s  %s, recorded %d on %s\n", e.ID, e.Request.Method, e.Request.Path, e.Extension, e.Answer.Status, e.Backend)
	if r.Skipped != "" {
		fmt.Fprintf(w, "  not sent: %s\n", r.Skipped)
	}
	if len(r.Blanked) > 0 {
		fmt.Fprintf(w, "  sent without what is blanked in the record: %s\n", strings.Join(r.Blanked, ", "))
	}
	for i, run := range r.Runs {
		fmt.Fprintf(w, "  %s: %s\n", run.Backend, verdictOf(r, i))
		if !o.diff {
			continue
		}
		for _, d := range run.Differences {
			fmt.Fprintf(w, "    %s\n", d.Path)
			printSide(w, "-", d.Want)
			printSide(w, "+", d.Got)
		}
	}
}

// longestSide is how much of a value is shown.
const longestSide = 300

func printSide(w io.Writer, sign, value string) {
	if value == "" {
		value = "(nothing)"
	}
	if len(value) > longestSide {
		value = strings.ToValidUTF8(value[:longestSide], "") + "…"
	}
	fmt.Fprintf(w, "      %s %s\n", sign, value)
}

func verdictOf(r runnerstatus.Replay, i int) string {
	run := r.Runs[i]
	against := r.Against
	switch {
	case against == "record":
		against = "the record"
	case i == 0 && run.Code == "":
		return fmt.Sprintf("%d in %.1f ms", run.Answer.Status, run.MS)
	}
	switch {
	case run.Code != "":
		return run.Code + ": " + run.Message
	case len(run.Differences) > 0:
		return fmt.Sprintf("%d in %.1f ms, differs from %s in %s", run.Answer.Status, run.MS, against, placesOf(run.Differences))
	}
	return fmt.Sprintf("%d in %.1f ms, equal to %s", run.Answer.Status, run.MS, against)
}

// placesOf names the first few.
func placesOf(list []runnerstatus.Difference) string {
	const most = 5
	var places []string
	for _, d := range list[:min(len(list), most)] {
		places = append(places, d.Path)
	}
	if more := len(list) - most; more > 0 {
		places = append(places, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(places, ", ")
}

// differing is the fault that stands for exit code 1.
func (o *replayOptions) differing(out runnerstatus.Replays) error {
	differs, skipped := 0, 0
	for _, r := range out.Replays {
		if r.Differs() {
			differs++
		}
		if r.Skipped != "" {
			skipped++
		}
	}
	fix := "leave out what may differ with --ignore PLACE"
	if !o.diff && !o.asJSON { // else it was shown
		fix = "see what with --diff; " + fix
	}
	switch {
	case differs > 0:
		return &fault{Code: "replay_differs", Exit: exitFailure, Err: fmt.Errorf("%d of %d calls are answered otherwise", differs, len(out.Replays)), Fix: fix}
	case skipped > 0:
		return &fault{Code: "replay_incomplete", Exit: exitFailure, Err: fmt.Errorf("%d of %d calls could not be sent", skipped, len(out.Replays)),
			Fix: "choose others by their ID"}
	}
	return nil
}

func (o *replayOptions) printList(ctx context.Context, w io.Writer, a *admin) error {
	list, err := a.executes(ctx, o.last)
	if err != nil {
		return err
	}
	if o.asJSON {
		return writeJSON(w, "executes", &executesDocument{Executes: list})
	}
	return printExecutes(w, list)
}

func printExecutes(w io.Writer, list caddymodule.Executes) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tTIME\tEXTENSION\tREQUEST\tSTATUS\tBACKEND\tTOOK")
	for _, e := range list.Executes {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s %s\t%d\t%s\t%.1f ms\n", e.ID, e.Time.Local().Format("15:04:05"), e.Extension, e.Request.Method, e.Request.Path, e.Answer.Status, e.Backend, e.MS)
	}
	if err := table.Flush(); err != nil || list.Dropped == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d more came too fast to be kept.\n", list.Dropped)
	return err
}
