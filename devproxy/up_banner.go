package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// listed is how many extensions the start-up lines name: they are ten at most.
const listed = 4

// printBanner says what listens where, the URL last.
func printBanner(cmd *cobra.Command, p project, s site, begun time.Time) error {
	var now state
	if err := newAdmin(p).get(cmd.Context(), "/runner/status", &now); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s, ready in %.1f s\n", versionName(), time.Since(begun).Seconds())
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "  app\t%s\n", describeApp())
	fmt.Fprintf(table, "  runner\t/runner, /ext-ui, /api/ext → %s backend\n", now.Selected)
	printExtensions(table, now)
	if s.note != "" {
		fmt.Fprintf(table, "  note\t%s\n", s.note)
	}
	if now.Error != "" {
		fmt.Fprintf(table, "  error\t%s\n", now.Error)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	_, err := fmt.Fprintf(out, "Open %s (Ctrl-C stops)\n", s.url)
	return err
}

func printExtensions(w io.Writer, now state) {
	for i, e := range now.Extensions {
		if i == listed-1 && len(now.Extensions) > listed {
			fmt.Fprintf(w, "  extension\tand %d more; see 'devproxy status'\n", len(now.Extensions)-i)
			return
		}
		fmt.Fprintf(w, "  extension\t%s\n", e.line())
	}
	if len(now.Extensions) == 0 {
		fmt.Fprintf(w, "  extension\tnone; name a folder with --extension DIR\n")
	}
}

// line sums up an extension; what is wrong with it comes first.
func (e extension) line() string {
	switch {
	case e.Error != nil:
		return fmt.Sprintf("%s: %s", e.Error.Code, e.Error.Message)
	case e.Handler.Message == "" || e.Handler.Status == "building":
		return fmt.Sprintf("%s %s from %s", e.ID, e.Version, relative(e.Dir))
	}
	return fmt.Sprintf("%s %s from %s, handler %s: %s; %s", e.ID, e.Version, relative(e.Dir), e.Handler.Status, e.Handler.Message, e.Handler.Fix)
}

func describeApp() string {
	app := os.Getenv("DEVPROXY_APP")
	if app == "" {
		return "the example host"
	}
	app = app[1 : len(app)-1] // as setEnvironment quoted it
	if u, err := url.Parse(app); err == nil && u.Host != "" {
		return app
	}
	return "files of " + app
}

// relative shortens a path for a person in this folder.
func relative(dir string) string {
	here, err := os.Getwd()
	if err != nil {
		return dir
	}
	short, err := filepath.Rel(here, dir)
	if err != nil || len(short) > len(dir) {
		return dir
	}
	return short
}
