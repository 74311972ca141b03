package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func newBuilds() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "builds [EXTENSION]",
		Short: "List the builds that are kept, and which of them answers",
		Long: "List the builds of the running devproxy, the newest first: when, what was saved, how\n" +
			"long it took, and how large bundle, handler and UI are against the build before.\n" +
			"An asterisk marks the build that answers. Failed builds are those since the start.",
		Example:           "  devproxy builds\n  devproxy builds acme.hello --json",
		GroupID:           "dev",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeExtensions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runBuilds(cmd, strings.Join(args, ""), asJSON)
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// buildsDocument is what `builds --json` and `use-build --json` print.
type buildsDocument struct {
	form
	Extensions []runnerstatus.Builds `json:"extensions"`
}

func runBuilds(cmd *cobra.Command, name string, asJSON bool) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	answer, err := newAdmin(p).builds(cmd.Context(), name)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), "builds", &buildsDocument{Extensions: answer.Extensions})
	}
	return printBuilds(cmd.OutOrStdout(), answer.Extensions, time.Now())
}

// builds asks for the history of the extension of that id or folder, or of
// every one for "".
func (a *admin) builds(ctx context.Context, name string) (answer caddymodule.BuildsAnswer, err error) {
	query := url.Values{"extension": {folderOrID(name)}}
	err = a.do(ctx, http.MethodGet, "/runner/builds?"+query.Encode(), func(body io.Reader) error {
		return json.NewDecoder(body).Decode(&answer)
	})
	return answer, buildFault(err)
}

// buildFault is a refusal in the words and with the code of the running
// devproxy.
func buildFault(err error) error {
	var refused *refusal
	if !errors.As(err, &refused) {
		return err
	}
	var said struct{ Code, Fix string }
	if json.Unmarshal(refused.body, &said) != nil || said.Code == "" {
		if refused.unknown() {
			return unknownExtension(refused)
		}
		return err
	}
	exit := exitFailure
	if refused.unknown() {
		exit = exitUsage
	}
	return &fault{Code: said.Code, Exit: exit, Err: refused, Fix: said.Fix}
}

func printBuilds(w io.Writer, list []runnerstatus.Builds, now time.Time) error {
	for i, one := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s in %s\n", cmp.Or(one.Extension, "an extension"), relative(one.Dir))
		var text strings.Builder
		table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  BUILD\tWHEN\tTOOK\tBUNDLE\tHANDLER\tUI\tSAVED")
		for j, b := range one.Builds {
			fmt.Fprintln(table, lineOfBuild(b, before(one.Builds[j+1:]), now))
		}
		if err := table.Flush(); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
		printFailures(w, text.String(), one.Builds)
		if one.Live != one.Latest {
			fmt.Fprintf(w, "Build %s answers, not the working tree (%s); a save or 'devproxy use-build --latest' returns.\n", one.Live, one.Latest)
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "no extension is loaded")
	}
	return nil
}

// printFailures writes the table, with what is wrong with each failed build in
// place of its sizes: a column of the table would be as wide as the longest.
func printFailures(w io.Writer, table string, builds []runnerstatus.Build) {
	rows := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	at := strings.Index(rows[0], "BUNDLE")
	for i, row := range rows {
		if i > 0 && !builds[i-1].OK {
			b := builds[i-1]
			row = shortened(row[:at]+b.Target+": "+strings.Join(strings.Fields(b.Problem), " "), widthOf(w))
		}
		fmt.Fprintln(w, row)
	}
}

// widthOf is that of a terminal, and 80 columns of anything else.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 80
}

// shortened is text in so many columns; `--json` has the rest.
func shortened(text string, columns int) string {
	runes := []rune(text)
	if len(runes) <= columns {
		return text
	}
	return string(runes[:columns-1]) + "…"
}

// before is the newest of older that did not fail.
func before(older []runnerstatus.Build) *runnerstatus.Build {
	for i := range older {
		if older[i].OK {
			return &older[i]
		}
	}
	return nil
}

func lineOfBuild(b runnerstatus.Build, before *runnerstatus.Build, now time.Time) string {
	took := "-"
	if b.Milliseconds > 0 {
		took = fmt.Sprintf("%d ms", b.Milliseconds)
	}
	if !b.OK {
		return fmt.Sprintf("  failed\t%s\t%s\t\t\t\t", clock(b.Time, now), took)
	}
	mark := " "
	if b.Live {
		mark = "*"
	}
	if before == nil {
		before = &b
	}
	return fmt.Sprintf("%s %s\t%s\t%s\t%s\t%s\t%s\t%s", mark, b.Build, clock(b.Time, now), took,
		size(b.Bundle, before.Bundle), size(b.Handler, before.Handler), size(b.UI, before.UI), cause(b))
}

// clock gives the time of day, and of another day the date before it.
func clock(t, now time.Time) string {
	t = t.Local()
	if t.Format(time.DateOnly) == now.Local().Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format("2006-01-02 15:04")
}

// shownSaves is how many files a line names.
const shownSaves = 3

func cause(b runnerstatus.Build) string {
	if len(b.Saved) == 0 {
		return "-"
	}
	text := strings.Join(b.Saved[:min(len(b.Saved), shownSaves)], ", ")
	if more := len(b.Saved) - shownSaves; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// size gives "12.3 kB (+120 B)".
func size(bytes, before int64) string {
	if bytes == 0 && before == 0 {
		return "-"
	}
	text := amount(bytes)
	switch change := bytes - before; {
	case change > 0:
		text += " (+" + amount(change) + ")"
	case change < 0:
		text += " (-" + amount(-change) + ")"
	}
	return text
}

func amount(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// completeBuilds offers the ids of the builds that are kept.
func completeBuilds(cmd *cobra.Command, args []string, _ string) (ids []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(contextOf(cmd), completeLimit)
	defer cancel()
	p, err := findRunning()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	answer, err := newAdmin(p).builds(ctx, "")
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, one := range answer.Extensions {
		for _, b := range one.Builds {
			if b.OK {
				ids = append(ids, fmt.Sprintf("%s\t%s, %s", b.Build, clock(b.Time, time.Now()), cause(b)))
			}
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
