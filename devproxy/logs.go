package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/compose/stack"
)

// logsOptions are the flags of `logs`.
type logsOptions struct {
	composeFlags
	follow bool
	tail   int
	since  string
	source string
	json   bool
}

func newLogs() *cobra.Command {
	o := new(logsOptions)
	cmd := &cobra.Command{
		Use:   "logs [SERVICE…]",
		Short: "Show what the docker backend's containers write",
		Long: "Show what the docker backend's containers write, over all generations of the\n" +
			"runner: SERVICE[GENERATION] | TEXT. With --follow, Ctrl-C ends it.",
		Example: "  devproxy logs --follow\n  devproxy logs extension-runner --tail 50\n  devproxy logs --since 10m --json\n  devproxy logs --source build",
		GroupID: "dev",

		ValidArgsFunction: completeServices(&o.composeFlags, 0),

		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args) },
	}
	flags := cmd.Flags()
	o.add(flags, "")
	flags.BoolVarP(&o.follow, "follow", "f", false, "go on with what comes, from one generation to the next")
	flags.IntVarP(&o.tail, "tail", "n", 0, "the last lines of each service only (default: all)")
	flags.StringVar(&o.since, "since", "", "nothing before: a time (2026-01-02T15:04:05Z) or how long ago (10m)")
	flags.StringVar(&o.source, "source", "runtime", "runtime: what containers write; build: what the last builds printed")
	jsonFlag(cmd, &o.json)
	suggest(cmd, "source", "runtime", "build")
	return cmd
}

func (o *logsOptions) run(cmd *cobra.Command, services []string) error {
	query, err := o.query(cmd, time.Now())
	if err != nil {
		return err
	}
	if o.source == "build" {
		return o.runBuild(cmd, services, query)
	}
	ctx := cmd.Context()
	if o.follow {
		var stop func()
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
	}
	c, err := o.openStarted(ctx, cmd.ErrOrStderr())
	if c == nil {
		return err
	}
	defer c.close()
	for _, name := range services {
		if err := c.checkService(name); err != nil {
			return err
		}
	}
	return dockerFault(o.show(ctx, c, services, query, cmd))
}

// show says on stderr what keeps it from showing anything.
func (o *logsOptions) show(ctx context.Context, c *opened, services []string, query stack.LogOptions, cmd *cobra.Command) error {
	members, err := c.Ps(ctx)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		if f := noEngine(c.running); f != nil {
			return f
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "devproxy:", c.noContainer())
	}
	out := &logPrinter{out: cmd.OutOrStdout(), json: o.json, from: o.source}
	if o.follow {
		return c.followLogs(ctx, members, services, query, out)
	}
	err = c.pastLogs(ctx, members, services, query, out)
	if err == nil && out.seq == 0 && len(members) > 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "devproxy:", nothingLogged(services, query))
	}
	return err
}

func (o *logsOptions) query(cmd *cobra.Command, now time.Time) (stack.LogOptions, error) {
	q := stack.LogOptions{Follow: o.follow, Tail: o.tail}
	if cmd.Flags().Changed("tail") && o.tail < 1 {
		return q, usageFault("invalid_flag", "for new lines only, write --follow --since 0s", "--tail %d is no number of lines", o.tail)
	}
	if o.source != "runtime" && o.source != "build" {
		return q, usageFault("invalid_flag", "write --source runtime, or --source build", "--source %q is neither", o.source)
	}
	if o.since == "" {
		return q, nil
	}
	ago, noDuration := time.ParseDuration(o.since)
	at, noTime := time.Parse(time.RFC3339, o.since)
	switch {
	case noDuration == nil:
		q.Since = now.Add(-max(ago, -ago))
	case noTime == nil:
		q.Since = at
	default:
		return q, usageFault("invalid_flag", "write a time such as 2026-01-02T15:04:05Z, or how long ago, such as 10m", "--since %q is neither", o.since)
	}
	return q, nil
}

// pastLogs asks for each service by itself, so that the tail is of each, and
// puts the lines in the order of time.
func (o *opened) pastLogs(ctx context.Context, members []stack.Member, services []string, query stack.LogOptions, out *logPrinter) error {
	if len(services) == 0 {
		for _, m := range members {
			services = append(services, m.Service)
		}
	}
	slices.Sort(services)
	var lines []stack.LogLine
	for _, service := range slices.Compact(services) {
		for line, err := range o.Logs(ctx, service, query) {
			if err != nil {
				return err
			}
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b stack.LogLine) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Generation, b.Generation))
	})
	return out.printAll(lines)
}

// followLogs goes on until the context ends.
func (o *opened) followLogs(ctx context.Context, members []stack.Member, services []string, query stack.LogOptions, out *logPrinter) error {
	for _, m := range members {
		if len(services) == 0 || slices.Contains(services, m.Service) {
			out.widen(stack.LogLine{Service: m.Service, Generation: m.Generation})
		}
	}
	only := ""
	if len(services) == 1 {
		only = services[0]
	}
	for line, err := range o.Logs(ctx, only, query) {
		if err != nil {
			return err
		}
		if len(services) > 0 && !slices.Contains(services, line.Service) {
			continue
		}
		if err := out.print(line); err != nil {
			return err
		}
	}
	return nil
}
