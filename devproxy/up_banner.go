package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// listed is how many extensions the start-up lines name: they are ten at most.
const listed = 4

// printBanner says what listens where, the URL last.
func printBanner(cmd *cobra.Command, p project, s site, begun time.Time) error {
	var now runnerstatus.Snapshot
	if err := newAdmin(p).status(cmd.Context(), &now); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s, ready in %.1f s\n", versionName(), time.Since(begun).Seconds())
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if err := s.describe(table, now); err != nil {
		return err
	}
	printExtensions(table, now)
	for _, note := range s.notes(p) {
		fmt.Fprintf(table, "  note\t%s\n", note)
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

// notes are what a person should know of this start.
func (s site) notes(p project) (notes []string) {
	for _, note := range []string{s.note, exposedNote(s.addresses), trustNote(s, p)} {
		if note != "" {
			notes = append(notes, note)
		}
	}
	return notes
}

func printExtensions(w io.Writer, now runnerstatus.Snapshot) {
	for i, e := range now.Extensions {
		if i == listed-1 && len(now.Extensions) > listed {
			fmt.Fprintf(w, "  extension\tand %d more; see 'devproxy status'\n", len(now.Extensions)-i)
			return
		}
		fmt.Fprintf(w, "  extension\t%s\n", lineOf(e))
	}
	if len(now.Extensions) == 0 {
		fmt.Fprintf(w, "  extension\tnone; 'devproxy init DIR' writes one, 'devproxy up --extension DIR' loads it\n")
	}
}

// lineOf sums up an extension; what is wrong with it comes first.
func lineOf(e runnerstatus.Extension) string {
	switch {
	case e.Error != nil:
		return fmt.Sprintf("%s: %s", e.Error.Code, e.Error.Message)
	case e.Handler.Message == "" || e.Handler.Status == "building":
		return fmt.Sprintf("%s %s from %s", e.ID, e.Version, relative(e.Dir))
	}
	return fmt.Sprintf("%s %s from %s, handler %s: %s; %s", e.ID, e.Version, relative(e.Dir), e.Handler.Status, e.Handler.Message, e.Handler.Fix)
}

// describe says what the loaded routes do, not what the flags asked for.
func (s site) describe(w io.Writer, now runnerstatus.Snapshot) error {
	r, err := routesOf(s.config)
	if err != nil {
		return err
	}
	for _, app := range r.apps {
		fmt.Fprintf(w, "  app\t%s\n", describeApp(app))
	}
	if !r.runner {
		fmt.Fprintf(w, "  runner\tnone: no site of %s has the runner directive\n", s.source)
		return nil
	}
	fmt.Fprintf(w, "  runner\t/runner, /ext-ui, /api/ext → %s backend%s\n", now.Selected, startingNote(now))
	return nil
}

// startingNote keeps "ready" from being said of a container that is not.
func startingNote(now runnerstatus.Snapshot) string {
	if docker := now.Docker(); docker != nil && docker.Selected && docker.Status == runnerstatus.Starting {
		return ", which is starting; 'devproxy status' shows when it is up"
	}
	return ""
}

func describeApp(app string) string {
	switch {
	case app == "":
		return "the example host"
	case strings.Contains(app, "://"):
		return app
	}
	return "files of " + relative(app)
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
