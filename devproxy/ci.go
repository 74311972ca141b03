package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// ciOptions are the flags of `ci`; those of `up` that make sense without a
// person, and how long to wait.
type ciOptions struct {
	up      upOptions
	timeout time.Duration
	json    bool
	command []string
}

func newCI() *cobra.Command {
	o := new(ciOptions)
	cmd := &cobra.Command{
		Use:   "ci [flags] -- COMMAND…",
		Short: "Build, start, run a command against it, and stop: for pipelines",
		Long: "Build the extensions as for production, start on a free port, wait until everything\n" +
			"answers, run COMMAND with DEVPROXY_URL set, and stop. The exit code is COMMAND's.\n" +
			"Nothing is watched, and pages are not reloaded. It may run beside a 'devproxy up'.",
		Example: "  devproxy ci -- npm test\n  devproxy ci --extension ./my-extension -- npx playwright test\n" +
			"  devproxy ci --backend docker --timeout 5m -- ./smoke.sh\n  devproxy ci --json -- npm test",
		GroupID: "dev",
		Args:    o.parseArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.up.config, "config", "c", "", "Caddyfile or Caddy JSON (default: as for 'up')")
	flags.StringArrayVarP(&o.up.extensions, "extension", "e", nil, "folder of an extension, repeatable (default: . if it has a manifest.json)")
	flags.StringVar(&o.up.app, "app", "", "URL or folder of the host app (default: an example)")
	flags.IntVar(&o.up.port, "port", 0, "port of the origin; 0 picks a free one")
	flags.StringVarP(&o.up.backend, "backend", "b", "", "who executes extensions: embedded or docker (default: embedded)")
	flags.StringArrayVarP(&o.up.files, "file", "f", nil, "compose file of the docker backend, repeatable")
	flags.DurationVar(&o.timeout, "timeout", 3*time.Minute, "how long it may take until everything answers")
	jsonFlag(cmd, &o.json)
	suggestWith(cmd, "extension", completeFolders)
	suggestWith(cmd, "backend", completeBackends)
	suggestWith(cmd, "file", completeComposeFiles)
	return cmd
}

func (o *ciOptions) parseArgs(cmd *cobra.Command, args []string) error {
	if cmd.ArgsLenAtDash() != 0 || len(args) == 0 {
		return usageFault("unexpected_argument", "write 'devproxy ci -- COMMAND'", "ci takes a command behind '--'")
	}
	o.command = args
	return nil
}

// run is the life of one pipeline's devproxy, step by step.
func (o *ciOptions) run(cmd *cobra.Command) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ignoreSignals()
	cmd.SetContext(ctx)
	if err := o.build(cmd); err != nil {
		return err
	}
	p, remove, err := passingProject()
	if err != nil {
		return err
	}
	defer remove()
	o.up.watch, o.up.liveReload = "off", "off"
	if err := os.Setenv("DEVPROXY_SOURCE", "off"); err != nil { // what was built is what runs
		return fmt.Errorf("choosing what runs: %w", err)
	}
	site, err := o.up.prepare(cmd, p)
	if err != nil {
		return err
	}
	if err := caddy.Load(site.config, true); err != nil {
		return running{}.failedStart(site, err)
	}
	err = o.check(ctx, cmd, newAdmin(p), site)
	return errors.Join(err, caddy.Stop(), o.clear(ctx, p))
}

// build is as for production: what runs is what would be published.
func (o *ciOptions) build(cmd *cobra.Command) error {
	if err := o.up.complete(); err != nil {
		return err
	}
	if len(o.up.extensions) == 0 && o.up.config == "" {
		if _, err := os.Stat("Caddyfile"); err != nil {
			return usageFault("extension_not_found", "name the folder that holds the extension's manifest.json with --extension", "there is no extension to check")
		}
	}
	for _, dir := range orAll(o.up.extensions) {
		b := &buildOptions{config: o.up.config, name: dir}
		shown := newProgress(cmd, false)
		builds, err := b.once(cmd.Context(), shown)
		shown.close()
		if cmd.Context().Err() != nil {
			return interruptedCI()
		}
		if err != nil {
			return err
		}
		if o.json {
			if err := printBuildJSON(cmd.OutOrStdout(), builds); err != nil {
				return err
			}
		}
		printer := &buildPrinter{out: cmd.ErrOrStderr(), err: cmd.ErrOrStderr()}
		if err := errors.Join(printer.print(builds), failedBuilds(builds)); err != nil {
			return err
		}
	}
	return nil
}

// orAll stands for everything that the config names where no flag does.
func orAll(dirs []string) []string {
	if len(dirs) == 0 {
		return []string{""}
	}
	return dirs
}

// passingProject has state of its own, which is gone at the end, so that it
// meets no devproxy that runs for the folder. Its place is always the same: what
// a killed one left in a container engine is found by the next.
func passingProject() (p project, remove func(), err error) {
	p, err = findProject()
	if err != nil {
		return p, nil, err
	}
	p.StateDir = filepath.Join(p.StateDir, "ci")
	if newAdmin(p).running() {
		return p, nil, alreadyRunning(p)
	}
	return p, func() { _ = os.RemoveAll(p.StateDir); p.leaveFolder() }, p.MakeState()
}

// clear leaves nothing in the container engine, volumes included.
func (o *ciOptions) clear(ctx context.Context, p project) error {
	if p.storedCompose() == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	down := &downOptions{composeFlags: composeFlags{files: o.up.files}, volumes: true}
	c, err := down.openOf(ctx, p, nil)
	if err != nil {
		return err
	}
	defer c.close()
	_, _, err = down.remove(ctx, c)
	return dockerFault(err)
}

// check waits, and runs the command.
func (o *ciOptions) check(ctx context.Context, cmd *cobra.Command, a *admin, s site) error {
	if err := o.wait(ctx, a); err != nil {
		return err
	}
	out, err := o.announce(cmd, s)
	if err != nil {
		return err
	}
	began := time.Now()
	c := exec.Command(o.command[0], o.command[1:]...)
	c.Env = append(os.Environ(), "DEVPROXY_URL="+s.url)
	c.Stdin, c.Stdout, c.Stderr = cmd.InOrStdin(), out, cmd.ErrOrStderr()
	c.WaitDelay = outputDelay
	ownGroup(c)
	if err := c.Start(); err != nil {
		return usageFault("app_not_started", "check the command after '--'", "starting %s: %w", strings.Join(o.command, " "), err)
	}
	if err := guard(c); err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "devproxy: if devproxy is killed, the command will go on:", err)
	}
	defer context.AfterFunc(ctx, func() { terminate(c) })()
	err = errors.Join(c.Wait(), o.ended(cmd, c, began))
	kill(c) // what it left behind
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return interruptedCI()
	case errors.As(err, &exit):
		return childExit(max(exit.ExitCode(), exitFailure)) // -1: a signal ended it
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return fmt.Errorf("running %s: %w", o.command[0], err)
	}
	return nil
}

func interruptedCI() *fault {
	return &fault{Code: "interrupted", Exit: exitForced, Err: errors.New("the check was given up"), Fix: "everything that it started is stopped"}
}

// readyPause is how often to ask whether all is ready.
const readyPause = 50 * time.Millisecond

// wait returns once the backend and every handler answer.
func (o *ciOptions) wait(ctx context.Context, a *admin) error {
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	tick := time.NewTicker(readyPause)
	defer tick.Stop()
	var missing string
	for {
		var now runnerstatus.Snapshot
		err := a.status(limited, &now)
		if err == nil {
			if missing = unready(now); missing == "" {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return interruptedCI()
		case <-limited.Done():
			return &fault{Code: "not_ready", Exit: exitFailure, Err: fmt.Errorf("after %s not everything answers: %s", o.timeout, cmp.Or(missing, fmt.Sprint(err)))}
		}
	}
}

// unready names what does not answer yet; "" for nothing.
func unready(now runnerstatus.Snapshot) string {
	var missing []string
	for _, b := range now.Backends {
		if b.Selected && b.Status != "up" {
			missing = append(missing, "backend "+b.Name+" is "+b.Status)
		}
	}
	for _, e := range now.Extensions {
		switch {
		case e.Error != nil:
			missing = append(missing, e.Error.Message)
		case e.Handler.Status != "ready" && e.Handler.Status != "none":
			missing = append(missing, fmt.Sprintf("the handler of %s is %s", e.ID, cmp.Or(e.Handler.Status, "unknown")))
		}
	}
	return strings.Join(missing, "; ")
}
