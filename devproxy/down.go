package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// stopPatience covers a container's grace period, and the engine's own time.
const stopPatience = 90 * time.Second

func newDown() *cobra.Command {
	return &cobra.Command{
		Use:     "down",
		Short:   "Stop the running devproxy and what it started",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDown(cmd) },
	}
}

func runDown(cmd *cobra.Command) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	a := newAdmin(p)
	if err := a.post(cmd.Context(), "/stop"); err != nil {
		return err
	}
	giveUp := time.After(stopPatience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if !a.running() {
				fmt.Fprintln(cmd.OutOrStdout(), "devproxy has stopped")
				return nil
			}
		case <-giveUp:
			return &fault{Code: "not_stopped", Exit: exitFailure, Err: errors.New("devproxy is still stopping"), Fix: "see 'devproxy status'"}
		}
	}
}
