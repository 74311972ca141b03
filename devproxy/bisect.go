package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/spelling"
)

// bisectOptions are the flags of `bisect`.
type bisectOptions struct {
	run, good, bad, extension string
	json                      bool
}

func newBisect() *cobra.Command {
	o := new(bisectOptions)
	cmd := &cobra.Command{
		Use:   "bisect --run CMD",
		Short: "Find the build that broke something, with a command that tells",
		Long: "Find the first bad build among those that are kept, by halves: each is served, and CMD\n" +
			"is run in a shell with DEVPROXY_URL, DEVPROXY_BUILD and DEVPROXY_EXTENSION set. Its\n" +
			"exit code says what the build is, as for 'git bisect run': 0 is good, 125 cannot be\n" +
			"told, 1 to 124 are bad; anything else ends the search. What was served before is\n" +
			"served again at the end, also after Ctrl-C. Do not save meanwhile.",
		Example: "  devproxy bisect --run 'curl -fs \"$DEVPROXY_URL/api/ext/acme.hello/greet\"'\n" +
			"  devproxy bisect --good 2f850e --bad 9c0d1e --run 'npx playwright test' --json",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.find(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.run, "run", "", "command that says what a build is")
	flags.StringVar(&o.good, "good", "", "a build that is good (default: the oldest, which is tested)")
	flags.StringVar(&o.bad, "bad", "", "a later one that is bad (default: the newest, which is tested)")
	flags.StringVarP(&o.extension, "extension", "e", "", "id or folder, where several extensions are loaded")
	jsonFlag(cmd, &o.json)
	suggestWith(cmd, "extension", completeExtensionFlag)
	suggestWith(cmd, "good", completeBuildFlag)
	suggestWith(cmd, "bad", completeBuildFlag)
	return cmd
}

func completeBuildFlag(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return completeBuilds(cmd, nil, begun)
}

// bisection is a search under way.
type bisection struct {
	*admin
	*search
	out       io.Writer // what CMD prints, and how it goes
	run, site string
	of        runnerstatus.Builds
	found     found
}

// found is what `bisect --json` prints.
type found struct {
	form
	Extension string `json:"extension"`
	// FirstBad is nil when builds that were skipped leave it open.
	FirstBad *runnerstatus.Build `json:"first_bad,omitempty"`
	LastGood string              `json:"last_good,omitempty"`
	// Suspects are the builds of which one is the first bad one, oldest first.
	Suspects []string `json:"suspects"`
	Steps    []tested `json:"steps"`
}

// tested is one run of the command.
type tested struct {
	Build   string  `json:"build"`
	Verdict verdict `json:"verdict"`
	Exit    int     `json:"exit"`
}

func (o *bisectOptions) find(cmd *cobra.Command) error {
	if o.run == "" {
		return usageFault("conflicting_flags", "write --run 'COMMAND'", "bisect needs a command that says whether a build is good")
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ignoreSignals()
	b, err := o.begin(ctx, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	err = errors.Join(b.halve(ctx, o), b.restore(ctx))
	if err != nil {
		return err
	}
	return b.report(cmd.OutOrStdout(), o.json)
}

// begin finds what there is to search.
func (o *bisectOptions) begin(ctx context.Context, out io.Writer) (*bisection, error) {
	p, err := findRunning()
	if err != nil {
		return nil, err
	}
	a := newAdmin(p)
	history, err := a.builds(ctx, o.extension)
	if err != nil {
		return nil, err
	}
	if len(history.Extensions) != 1 {
		return nil, usageFault("extension_not_found", "name one with --extension; 'devproxy status' lists them", "bisect searches the builds of one extension, and %d are loaded", len(history.Extensions))
	}
	b := &bisection{admin: a, out: out, run: o.run, of: history.Extensions[0]}
	b.found = found{Extension: b.of.Extension, Suspects: []string{}, Steps: []tested{}}
	if b.site, err = a.site(ctx); err != nil {
		return nil, err
	}
	builds := slices.DeleteFunc(slices.Clone(b.of.Builds), func(one runnerstatus.Build) bool { return !one.OK })
	slices.Reverse(builds)
	b.search = &search{row: builds, good: 0, bad: len(builds) - 1, skipped: map[int]bool{}}
	return b, o.bounds(b)
}

// bounds takes what the flags say of the ends.
func (o *bisectOptions) bounds(b *bisection) error {
	for _, end := range []struct {
		flag, id string
		index    *int
	}{{"good", o.good, &b.good}, {"bad", o.bad, &b.bad}} {
		if end.id == "" {
			continue
		}
		i, err := b.indexOf(end.flag, strings.ToLower(end.id))
		if err != nil {
			return err
		}
		*end.index = i
	}
	if b.good >= b.bad {
		return usageFault("bisect_range", "", "there is no bad build after a good one to search between")
	}
	return nil
}

func (b *bisection) indexOf(flag, prefix string) (found int, err error) {
	var matches, begun []string // as many digits as were written
	for i, one := range b.row {
		begun = append(begun, one.Build[:min(len(one.Build), len(prefix))])
		if strings.HasPrefix(one.Build, prefix) {
			matches, found = append(matches, one.Build), i
		}
	}
	switch len(matches) {
	case 1:
		return found, nil
	case 0:
		fix := "see 'devproxy builds' for those there are"
		if near := spelling.Nearest(prefix, begun); near != "" {
			fix = "did you mean " + b.row[slices.Index(begun, near)].Build + "?"
		}
		return 0, usageFault("build_unknown", fix, "--%s %s is no build that is kept", flag, prefix)
	}
	return 0, usageFault("build_ambiguous", "write more of its digits", "--%s %s is the beginning of several builds: %s", flag, prefix, strings.Join(matches, ", "))
}

// halve tests the ends that nobody vouches for, and then what lies between.
func (b *bisection) halve(ctx context.Context, o *bisectOptions) error {
	if o.good == "" {
		if err := b.end(ctx, &b.good, 1, isGood); err != nil {
			return err
		}
	}
	if o.bad == "" {
		if err := b.end(ctx, &b.bad, -1, isBad); err != nil {
			return err
		}
	}
	for {
		i, more := b.next()
		if !more {
			return nil
		}
		fmt.Fprintf(b.out, "devproxy: about %d builds to test\n", b.steps())
		v, err := b.test(ctx, i)
		if err != nil {
			return err
		}
		b.learn(i, v)
	}
}

// end tests an end of the row, or the first from there that can be told.
func (b *bisection) end(ctx context.Context, at *int, step int, want verdict) error {
	for ; b.good < b.bad; *at += step {
		v, err := b.test(ctx, *at)
		switch {
		case err != nil:
			return err
		case v == want:
			return nil
		case v != isUntold:
			return &fault{Code: "bisect_ends", Exit: exitFailure, Err: fmt.Errorf("build %s is %s, so there is nothing to find from there on", b.row[*at].Build, v),
				Fix: "check the command: it must end with 0 for a good build and with 1 for a bad one; or the build that broke it is no longer kept, see 'history' in docs/caddy.md"}
		}
	}
	return &fault{Code: "bisect_ends", Exit: exitFailure, Err: errors.New("no build could be told to be " + string(want)), Fix: "name one with --good and --bad"}
}

// restoreLimit bounds how long it may take to serve what was served.
const restoreLimit = time.Minute

// restore serves what was served before, unless a save did something else.
func (b *bisection) restore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreLimit)
	defer cancel()
	now, err := b.history(ctx)
	if err != nil {
		return err
	}
	if len(b.found.Steps) == 0 && now.Live == b.of.Live {
		return nil
	}
	before := b.of.Live
	if before == b.of.Latest {
		before = "" // whatever the working tree is by now
	}
	if _, err := b.useBuild(ctx, b.of.Dir, before); err != nil {
		return fmt.Errorf("serving build %s again: %w", b.of.Live, err)
	}
	return nil
}

func (b *bisection) history(ctx context.Context) (runnerstatus.Builds, error) {
	answer, err := b.admin.builds(ctx, b.of.Dir)
	if err != nil || len(answer.Extensions) != 1 {
		return runnerstatus.Builds{}, err
	}
	return answer.Extensions[0], nil
}

func (b *bisection) report(w io.Writer, asJSON bool) error {
	suspects := b.suspects()
	for _, one := range suspects {
		b.found.Suspects = append(b.found.Suspects, one.Build)
	}
	b.found.LastGood = b.row[b.good].Build
	open := len(suspects) > 1
	if !open {
		b.found.FirstBad = &suspects[0]
	}
	if asJSON {
		if err := writeJSON(w, "bisect", &b.found); err != nil {
			return err
		}
	} else if !open {
		printFirstBad(w, suspects[0], b.found.LastGood)
	}
	if open {
		return &fault{Code: "bisect_undecided", Exit: exitFailure, Err: fmt.Errorf("one of these is the first bad build: %s", strings.Join(b.found.Suspects, ", "))}
	}
	return nil
}

func printFirstBad(w io.Writer, first runnerstatus.Build, good string) {
	fmt.Fprintf(w, "first bad build: %s of %s; %s before it is good\n", first.Build, clock(first.Time, time.Now()), good)
	if len(first.Saved) > 0 {
		fmt.Fprintf(w, "  saved: %s\n", strings.Join(first.Saved, ", "))
	}
	changed := "not known: it was the first of its devproxy"
	if len(first.Changed) > 0 {
		changed = strings.Join(first.Changed, ", ")
	}
	fmt.Fprintf(w, "  changed in the bundle: %s\n", changed)
}
