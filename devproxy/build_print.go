package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// buildPrinter prints what builds came to as compilers do: places first, the
// sum last.
type buildPrinter struct {
	out, err io.Writer
	running  bool   // a devproxy serves what was built
	file     string // that the bundle was written to
}

// shownLines are the last lines of output that a failure shows.
const shownLines = 20

func (p *buildPrinter) print(builds []runnerstatus.Built) error {
	for _, b := range builds {
		for _, problem := range b.Problems {
			p.problem(b, "error", problem)
		}
		for _, warning := range b.Warnings {
			p.problem(b, "warning", warning)
		}
		if len(b.Output) > 0 && !slices.ContainsFunc(b.Problems, hasPlace) {
			fmt.Fprintf(p.err, "  it printed:\n    %s\n", strings.Join(b.Output[max(0, len(b.Output)-shownLines):], "\n    "))
		}
		if _, err := fmt.Fprintln(p.out, p.sum(b)); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	}
	return nil
}

// hasPlace says that the output has been understood.
func hasPlace(p runnerstatus.Problem) bool { return p.Line > 0 }

// problem prints "ui/main.ts:3:7: error: message [code]" and what belongs to it.
func (p *buildPrinter) problem(b runnerstatus.Built, kind string, problem runnerstatus.Problem) {
	where := problem
	where.Message = fmt.Sprintf("%s: %s [%s]", kind, problem.Message, cmp.Or(problem.Code, kind))
	if where.File != "" && !filepath.IsAbs(where.File) {
		where.File = relative(filepath.Join(b.Dir, filepath.FromSlash(where.File)))
	}
	fmt.Fprintln(p.err, where)
	if problem.Frame != "" {
		fmt.Fprintln(p.err, "  "+strings.ReplaceAll(problem.Frame, "\n", "\n  "))
	}
	if problem.Fix != "" {
		fmt.Fprintln(p.err, "  fix:", problem.Fix)
	}
}

// sum is one line about an extension.
func (p *buildPrinter) sum(b runnerstatus.Built) string {
	after := fmt.Sprintf("after %d ms", b.Milliseconds)
	if b.Milliseconds >= 1000 {
		after = fmt.Sprintf("after %.1f s", float64(b.Milliseconds)/1000)
	}
	switch {
	case !b.OK && p.running && b.Build != "":
		return fmt.Sprintf("%s: not published, %s; build %s goes on", extensionName(b), after, b.Build)
	case !b.OK:
		return fmt.Sprintf("%s: not built, %s", extensionName(b), after)
	case p.running:
		return fmt.Sprintf("%s: build %s answers, %s", extensionName(b), b.Build, after)
	case p.file != "":
		return fmt.Sprintf("%s: build %s is in %s, %s (%s)", extensionName(b), b.Build, p.file, after, b.Hash)
	}
	return fmt.Sprintf("%s: build %s is good, %s", extensionName(b), b.Build, after)
}

// extensionName is the extension's id, or its folder while that is unknown.
func extensionName(b runnerstatus.Built) string { return cmp.Or(b.ID, relative(b.Dir)) }
