package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/spelling"
)

func newWait() *cobra.Command {
	var conditions []string
	var timeout time.Duration
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "wait --for CONDITION…",
		Short: "Wait until the running devproxy is as a script needs it",
		Long: "Wait until every CONDITION holds: backend=up for the selected backend, NAME=up for\n" +
			"another, build=ID for a build that answers, build=any for one that does at all.\n" +
			"A devproxy that does not run yet is waited for, too.",
		Example: "  devproxy wait --for backend=up\n  devproxy wait --for docker=up --timeout 2m\n  devproxy wait --for build=3f2a9c0d1e4b\n  devproxy wait --for backend=up --json",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now, err := runWait(cmd, conditions, timeout)
			if err == nil && asJSON {
				err = printStatusJSON(cmd.OutOrStdout(), now)
			}
			return err
		},
	}
	cmd.Flags().StringArrayVar(&conditions, "for", []string{"backend=up"}, "what to wait for, repeatable")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Minute, "how long to wait at most")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// waitPause is how often the state is looked at.
const waitPause = 100 * time.Millisecond

// runWait gives the state in which every condition holds.
func runWait(cmd *cobra.Command, texts []string, timeout time.Duration) (s runnerstatus.Snapshot, err error) {
	conditions := make([]condition, len(texts))
	for i, text := range texts {
		if conditions[i], err = parseCondition(text); err != nil {
			return s, err
		}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(waitPause)
	defer tick.Stop()
	for missing := ""; ; {
		s, now, err := look(ctx, conditions)
		if err != nil || now == "" {
			return s, err
		}
		if missing == "" || ctx.Err() == nil { // a look that the end cuts short saw nothing
			missing = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return s, gaveUp(ctx, timeout, missing)
		}
	}
}

func gaveUp(ctx context.Context, timeout time.Duration, missing string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &fault{Code: "wait_timeout", Exit: exitFailure, Err: fmt.Errorf("after %s, %s", timeout, missing)}
	}
	return &fault{Code: "interrupted", Exit: exitForced, Err: errors.New(missing), Fix: "see 'devproxy status'"}
}

// look says what is missing, in words; empty when nothing is.
func look(ctx context.Context, conditions []condition) (now runnerstatus.Snapshot, missing string, err error) {
	p, err := findRunning()
	if err != nil {
		return now, "", err
	}
	if err := newAdmin(p).status(ctx, &now); err != nil {
		return now, err.Error(), nil // it starts, or stops
	}
	for _, c := range conditions {
		if missing, err = c.missing(now); err != nil || missing != "" {
			return now, missing, err
		}
	}
	return now, "", nil
}

// condition is `subject=value`.
type condition struct{ subject, value string }

func parseCondition(text string) (condition, error) {
	subject, value, found := strings.Cut(text, "=")
	if !found || subject == "" || value == "" || (subject != "build" && value != "up") {
		return condition{}, usageFault("invalid_flag", "write backend=up, NAME=up for a certain backend, or build=ID", "--for %s is no condition", text)
	}
	return condition{subject, value}, nil
}

func (c condition) missing(now runnerstatus.Snapshot) (string, error) {
	if c.subject == "build" {
		return c.missingBuild(now), nil
	}
	name := c.subject
	if name == "backend" {
		name = now.Selected
	}
	names := make([]string, len(now.Backends))
	for i, b := range now.Backends {
		if names[i] = b.Name; b.Name != name {
			continue
		}
		switch {
		case b.Status == "up":
			return "", nil
		case b.Error != nil:
			return fmt.Sprintf("backend %s is %s: %s", name, b.Status, b.Error.Message), nil
		}
		return fmt.Sprintf("backend %s is %s", name, b.Status), nil
	}
	if name == "" || len(names) == 0 { // it has not read its config yet
		return "no backend is selected", nil
	}
	fix := "there are " + strings.Join(names, ", ")
	if near := spelling.Nearest(name, names); near != "" {
		fix = "did you mean " + near + "?"
	}
	return "", usageFault("backend_unknown", fix, "there is no backend %q", name)
}

// missingBuild takes the beginning of a build's id, or of a content hash.
func (c condition) missingBuild(now runnerstatus.Snapshot) string {
	wanted := strings.ToLower(strings.TrimPrefix(c.value, "sha256:"))
	answering := make([]string, 0, len(now.Extensions))
	for _, e := range now.Extensions {
		if e.Build != "" && (wanted == "any" || strings.HasPrefix(strings.TrimPrefix(e.Hash, "sha256:"), wanted)) {
			return ""
		}
		if e.Build != "" {
			answering = append(answering, e.Build)
		}
	}
	if len(answering) == 0 {
		return "no build answers"
	}
	return "build " + c.value + " does not answer; those that do: " + strings.Join(answering, ", ")
}
