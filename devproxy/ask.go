package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// asking gives what puts a question to the person at the terminal; an empty
// answer is the fallback. Where there is nobody to ask, because stdin or
// stderr is no terminal or CI is set, everything is the fallback.
func asking(cmd *cobra.Command) func(what, fallback string) (string, error) {
	in, out := fileOf(cmd.InOrStdin()), fileOf(cmd.ErrOrStderr())
	if in < 0 || out < 0 || !term.IsTerminal(in) || !term.IsTerminal(out) || os.Getenv("CI") != "" {
		return func(_, fallback string) (string, error) { return fallback, nil }
	}
	lines := bufio.NewReader(cmd.InOrStdin())
	return func(what, fallback string) (string, error) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s [%s]: ", what, fallback)
		line, err := lines.ReadString('\n')
		if err != nil {
			return "", &fault{Code: "interrupted", Exit: exitForced, Err: fmt.Errorf("reading the answer: %w", err), Fix: "nothing was written; flags answer without a question, see --help"}
		}
		if answer := strings.TrimSpace(line); answer != "" {
			return answer, nil
		}
		return fallback, nil
	}
}
