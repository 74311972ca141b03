package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// doctorOptions are the flags of `doctor`; those of `up` say for which start
// the machine is examined.
type doctorOptions struct {
	up        upOptions
	fix       bool
	portGiven bool
	dryRun    bool
	json      bool
}

func newDoctor() *cobra.Command {
	o := new(doctorOptions)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what keeps devproxy from working here, and mend it",
		Long: "Examine this machine and this folder for what keeps 'devproxy up' from working. The\n" +
			"exit code is 1 when something is wrong; warnings leave it at 0. --fix does what is\n" +
			"safe, and says what; --dry-run only says it.",
		Example: "  devproxy doctor\n  devproxy doctor --backend docker --file compose.yml\n  devproxy doctor --https\n  devproxy doctor --fix --dry-run\n  devproxy doctor --json",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.fix, "fix", false, "do what is safe")
	flags.BoolVar(&o.dryRun, "dry-run", false, "say what --fix would do")
	jsonFlag(cmd, &o.json)
	flags.StringVarP(&o.up.config, "config", "c", "", "Caddyfile or Caddy JSON (default: as for 'up')")
	flags.StringArrayVarP(&o.up.extensions, "extension", "e", nil, "folder of an extension, repeatable (default: . if it has a manifest.json)")
	flags.IntVar(&o.up.port, "port", defaultPort, "port of the origin")
	flags.BoolVar(&o.up.https, "https", false, "examine what https needs, too")
	flags.StringVarP(&o.up.backend, "backend", "b", "", "who executes extensions: embedded or docker (default: embedded)")
	flags.StringArrayVarP(&o.up.files, "file", "f", nil, "compose file of the docker backend, repeatable")
	suggestWith(cmd, "extension", completeFolders)
	suggestWith(cmd, "backend", completeBackends)
	suggestWith(cmd, "file", completeComposeFiles)
	return cmd
}

func (o *doctorOptions) run(cmd *cobra.Command) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	o.portGiven = cmd.Flags().Changed("port")
	p, err := o.admit(ctx)
	if err != nil {
		return err
	}
	defer p.dismiss()
	findings := o.examine(ctx, p)
	if ctx.Err() != nil {
		return &fault{Code: "interrupted", Exit: exitForced, Err: fmt.Errorf("examining: %w", ctx.Err())}
	}
	if o.json {
		err = writeJSON(cmd.OutOrStdout(), "doctor", &diagnosis{OK: !anyWrong(findings), Findings: findings})
	} else {
		err = printFindings(cmd.OutOrStdout(), findings, o)
	}
	if err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	if anyWrong(findings) {
		return childExit(exitFailure)
	}
	return nil
}

// diagnosis is what --json prints.
type diagnosis struct {
	form
	OK       bool      `json:"ok"` // nothing is wrong; warnings do not count
	Findings []finding `json:"findings"`
}

// examine runs every check, in the order of the table; with --fix those that
// found what can be repaired run again.
func (o *doctorOptions) examine(ctx context.Context, p *patient) (all []finding) {
	for _, c := range checks {
		found := c.run(ctx, p)
		if o.fix && !o.dryRun {
			found = repair(ctx, p, c, found)
		}
		all = append(all, found...)
	}
	return all
}

// repair does what the findings offer, and looks again.
func repair(ctx context.Context, p *patient, c check, found []finding) []finding {
	var done []finding
	for _, f := range found {
		if f.repair == nil {
			continue
		}
		if err := f.repair(ctx); err != nil {
			f.Evidence += "; repairing it: " + err.Error()
			return append(done, f)
		}
		f.State = stateFixed
		done = append(done, f)
	}
	if len(done) == 0 {
		return found
	}
	return append(done, c.run(ctx, p)...)
}
