package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/compose/expression"
	"github.com/same-origin/devproxy/compose/spelling"
	"github.com/same-origin/devproxy/devproxy/internal/codes"
)

func newExplain() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "explain CODE",
		Short:   "Say what an error code means, and what to do",
		Long:    "Say what an error code means, where it is reported, and what to do. It is what\ndocs/errors.md says, and needs no devproxy that runs.",
		Example: "  devproxy explain port_in_use\n  devproxy explain port_in_use --json",
		GroupID: "dev",
		Args:    cobra.ExactArgs(1),

		ValidArgsFunction: completeCodes,

		RunE: func(cmd *cobra.Command, args []string) error { return runExplain(cmd.OutOrStdout(), args[0], asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// explainDocument is what --json prints.
type explainDocument struct {
	form
	Entries []codes.Entry `json:"entries"` // several where the code means something in several places
}

func runExplain(w io.Writer, code string, asJSON bool) error {
	entries := codes.Explain(code)
	if len(entries) == 0 {
		return unknownCode(code)
	}
	if asJSON {
		return writeJSON(w, "explain", &explainDocument{Entries: entries})
	}
	for _, e := range entries {
		if _, err := io.WriteString(w, explanation(e)); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	}
	return nil
}

func unknownCode(code string) *fault {
	fix := "docs/errors.md lists all; a shell with 'devproxy completion' completes them"
	if near := spelling.Nearest(code, codes.Names()); near != "" {
		fix = fmt.Sprintf("did you mean %q?", near)
	}
	return usageFault("code_unknown", fix, "there is no error code %q", code)
}

// explanation has a line that names the place, as in
// "port_in_use (The command, exit code 6)".
func explanation(e codes.Entry) string {
	where := e.Where
	if e.Exit != "" {
		where += ", exit code " + e.Exit
	}
	if e.Status != "" {
		where += ", HTTP status " + e.Status
	}
	text := fmt.Sprintf("%s (%s)\n  %s\n", e.Code, where, unlinked(e.Meaning))
	if e.Fix != "" {
		text += "  fix: " + hint(e.Fix) + "\n"
	}
	return text
}

var (
	pageLink = expression.WhenNeeded(`\[[^\]]+\]\(([^)#]+)[^)]*\)`)
	oneFlag  = expression.WhenNeeded("`(--[a-z-]+)`")
	ticked   = strings.NewReplacer("`", "'")
)

// unlinked is Markdown for a terminal: pages are named, and commands quoted as
// elsewhere.
func unlinked(text string) string {
	return ticked.Replace(oneFlag().ReplaceAllString(pageLink().ReplaceAllString(text, "docs/$1"), "$1"))
}

// hint is a sentence of the table as the line behind "fix:" has it.
func hint(sentence string) string {
	text := strings.TrimSuffix(unlinked(sentence), ".")
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}

func completeCodes(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return codes.Names(), cobra.ShellCompDirectiveNoFileComp
}
