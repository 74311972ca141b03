package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// startPatience is how long a devproxy in the background may take to listen.
const startPatience = 30 * time.Second

// backgroundVariable tells the process in the background that it is there.
const backgroundVariable = "DEVPROXY_DETACHED"

// inBackground says whether this is that process; what it starts is not.
func inBackground() bool {
	detached := os.Getenv(backgroundVariable) != ""
	_ = os.Unsetenv(backgroundVariable)
	return detached
}

// detach starts this command line again in the background
// and returns once it takes commands. Its output goes to up.log in the state
// folder.
func detach(cmd *cobra.Command) error {
	p, err := findProject()
	if err != nil {
		return err
	}
	if err := p.MakeState(); err != nil {
		return err
	}
	file := logFile(p)
	ended, err := startBackground(p, file)
	if err != nil {
		p.leaveFolder() // which holds the socket, unless it came to nothing
		return err
	}
	return awaitRunning(cmd, ended, file)
}

// logFile is where a devproxy in the background writes.
func logFile(p project) string { return filepath.Join(p.StateDir, "up.log") }

// openLog begins it anew, for writers that append.
func openLog(file string) (*os.File, error) {
	return os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
}

func startBackground(p project, file string) (ended <-chan error, err error) {
	if newAdmin(p).running() {
		return nil, alreadyRunning(p)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this executable: %w", err)
	}
	log, err := openLog(file)
	if err != nil {
		return nil, fmt.Errorf("making the log: %w", err)
	}
	defer log.Close()
	background := exec.Command(self, os.Args[1:]...)
	background.Env = append(os.Environ(), backgroundVariable+"=1")
	background.Stdout, background.Stderr = log, log
	ownSession(background)
	return startFor(p, background)
}

// startFor starts a devproxy that is to listen on the project's socket. The
// socket's folder stays as long as it lives, however late it listens.
func startFor(p project, background *exec.Cmd) (<-chan error, error) {
	if err := background.Start(); err != nil {
		return nil, fmt.Errorf("starting devproxy in the background: %w", err)
	}
	ended := make(chan error, 1)
	go func() {
		err := background.Wait()
		p.leaveFolder()
		ended <- err
	}()
	return ended, nil
}

// awaitRunning prints the child's own last line, which has the URL, or ends
// with the child's own message and exit code.
func awaitRunning(cmd *cobra.Command, ended <-chan error, file string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	giveUp := time.After(startPatience)
	for {
		select {
		case <-tick.C:
			if opened := openedLine(file); opened != "" {
				return printOpened(cmd, opened, file)
			}
		case err := <-ended:
			return startFault(err, file)
		case <-giveUp:
			return &fault{Code: "not_started", Exit: exitFailure, Err: fmt.Errorf("devproxy is not ready after %s", startPatience), Fix: "see " + file}
		}
	}
}

// openedLine is the line with which start-up ends: one for people, or the first
// document of --json.
func openedLine(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if isOpened(line) && strings.HasSuffix(line, "\n") {
			return line
		}
	}
	return ""
}

func isOpened(line string) bool {
	var head form
	return strings.HasPrefix(line, "Open ") || (json.Unmarshal([]byte(line), &head) == nil && head.Type == "up")
}

func printOpened(cmd *cobra.Command, line, file string) error {
	if wantsJSON(cmd) {
		_, err := fmt.Fprint(cmd.OutOrStdout(), line)
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Open %s ('devproxy down' ends it; its log is %s)\n", strings.Fields(line)[1], file)
	return nil
}

func startFault(err error, file string) error {
	f := &fault{Code: "not_started", Exit: exitFailure, Err: errors.New("devproxy ended at once"), Fix: "see " + file}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		f.Exit = exit.ExitCode()
	}
	text, readErr := os.ReadFile(file)
	if said := saidFault(string(text)); said != nil {
		return said
	}
	if readErr == nil {
		f.Err, f.Fix = fmt.Errorf("devproxy ended at once; it said (%s):\n%s", file, strings.TrimSpace(string(text))), ""
	}
	return f
}

// saidFault is the error that a process with --json wrote down; nil for none.
func saidFault(text string) *fault {
	for line := range strings.Lines(text) {
		var said faultDocument
		if json.Unmarshal([]byte(line), &said) == nil && said.Type == "error" {
			return &fault{Code: said.Code, Exit: said.Exit, Err: errors.New(said.Message), Fix: said.Fix}
		}
	}
	return nil
}
