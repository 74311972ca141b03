// ci_json.go contains the lines of `ci --json`: a build for each extension that
// is named, ready once everything answers, exit when the command has ended.

package main

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// readyDocument says that the command starts now.
type readyDocument struct {
	form
	Time    time.Time `json:"time"`
	URL     string    `json:"url" jsonschema:"format=uri"` // of the origin
	Command []string  `json:"command"`
}

// exitDocument says how the command ended.
type exitDocument struct {
	form
	Time         time.Time `json:"time"`
	ExitCode     int       `json:"exit_code"` // -1: a signal ended it
	Milliseconds int64     `json:"ms"`
}

// announce says that all is ready, and where the command's own output goes:
// what it prints is no JSON of ours.
func (o *ciOptions) announce(cmd *cobra.Command, s site) (io.Writer, error) {
	fmt.Fprintf(cmd.ErrOrStderr(), "devproxy: ready at %s; running %s\n", s.url, strings.Join(o.command, " "))
	if !o.json {
		return cmd.OutOrStdout(), nil
	}
	return cmd.ErrOrStderr(), writeJSON(cmd.OutOrStdout(), "ready", &readyDocument{Time: time.Now(), URL: s.url, Command: o.command})
}

// ended says how the command did.
func (o *ciOptions) ended(cmd *cobra.Command, c *exec.Cmd, began time.Time) error {
	if !o.json {
		return nil
	}
	now := time.Now()
	return writeJSON(cmd.OutOrStdout(), "exit", &exitDocument{Time: now, ExitCode: c.ProcessState.ExitCode(), Milliseconds: now.Sub(began).Milliseconds()})
}
