package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// startPatience is how long a devproxy in the background may take to listen.
const startPatience = 30 * time.Second

// detach starts this command line again in the background, without the flag,
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
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this executable: %w", err)
	}
	file := filepath.Join(p.StateDir, "up.log")
	log, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("making the log: %w", err)
	}
	defer log.Close()
	args := slices.DeleteFunc(slices.Clone(os.Args[1:]), func(a string) bool { return a == "-d" || a == "--detach" })
	background := exec.Command(self, args...)
	background.Stdout, background.Stderr = log, log
	ownSession(background)
	if err := background.Start(); err != nil {
		return fmt.Errorf("starting devproxy in the background: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- background.Wait() }()
	return awaitRunning(cmd, p, ended, file)
}

func awaitRunning(cmd *cobra.Command, p project, ended <-chan error, file string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	giveUp := time.After(startPatience)
	for {
		select {
		case <-tick.C:
			if newAdmin(p).running() {
				fmt.Fprintln(cmd.OutOrStdout(), "devproxy runs in the background; its log is", file)
				return nil
			}
		case err := <-ended:
			text, _ := os.ReadFile(file) // the error says where it is
			return &fault{Code: "not_started", Exit: exitFailure, Err: fmt.Errorf("devproxy ended at once: %w\n%s", err, text), Fix: "see " + file}
		case <-giveUp:
			return &fault{Code: "not_started", Exit: exitFailure, Err: fmt.Errorf("devproxy takes no commands after %s", startPatience), Fix: "see " + file}
		}
	}
}
