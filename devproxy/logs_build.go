package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/stack"
)

// runBuild shows what the last builds printed, which devproxy keeps in a file:
// the engine has no log of it.
func (o *logsOptions) runBuild(cmd *cobra.Command, services []string, query stack.LogOptions) error {
	if o.follow {
		return usageFault("conflicting_flags", "leave --follow out; 'devproxy restart --build' shows why a build fails", "--follow is for what containers write")
	}
	p, err := findRunning()
	if err != nil {
		return err
	}
	running, err := runningState(cmd.Context(), p)
	if err != nil {
		return err
	}
	lines, err := readBuildLog(p.buildLog(running))
	if errors.Is(err, fs.ErrNotExist) {
		return noBuild(p, running)
	}
	if err != nil {
		return err
	}
	lines = slices.DeleteFunc(lines, func(l stack.LogLine) bool {
		return l.Time.Before(query.Since) || (len(services) > 0 && !slices.Contains(services, l.Service))
	})
	if len(lines) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "devproxy: the last builds have printed nothing of that; leave SERVICE and --since out for all")
	}
	return (&logPrinter{out: cmd.OutOrStdout(), json: o.json, from: o.source}).printAll(lastOfEach(lines, query.Tail))
}

// noBuild says why there is nothing to show.
func noBuild(p project, running *runnerstatus.Snapshot) *fault {
	f := &fault{Code: "no_build", Exit: exitFailure, Err: errors.New("devproxy has built nothing since it started")}
	if running != nil && running.Compose != nil && slices.Equal(running.Compose.Files, []string{p.ownCompose()}) {
		f.Err = errors.New("the runner's image holds this devproxy and nothing else, so nothing is built")
		f.Fix = "to build one of your own, name its compose file with 'devproxy up --file compose.yml'"
	}
	return f
}

// buildLog is the file that the running devproxy names, or writes by default.
func (p project) buildLog(running *runnerstatus.Snapshot) string {
	if running != nil && running.Compose != nil {
		return running.Compose.BuildLog
	}
	return filepath.Join(p.StateDir, "runner", "docker", "build.log")
}

func readBuildLog(file string) ([]stack.LogLine, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the log of builds: %w", err)
	}
	var lines []stack.LogLine
	for row := range bytes.Lines(text) {
		var l logLine
		if err := json.Unmarshal(row, &l); err != nil {
			return nil, fmt.Errorf("reading the log of builds %s: %w", file, err)
		}
		lines = append(lines, stack.LogLine{Service: l.Service, Stream: l.Stream, Time: l.Time, Text: l.Text})
	}
	return lines, nil
}

// lastOfEach keeps the last n lines of each service; 0 keeps all.
func lastOfEach(lines []stack.LogLine, n int) []stack.LogLine {
	if n == 0 {
		return lines
	}
	left := map[string]int{}
	for _, l := range lines {
		left[l.Service]++
	}
	return slices.DeleteFunc(lines, func(l stack.LogLine) bool {
		left[l.Service]--
		return left[l.Service] >= n
	})
}
