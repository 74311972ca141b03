package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/same-origin/devproxy/compose/spelling"
)

func newRoot() *cobra.Command {
	var noColor bool
	cmd := &cobra.Command{
		Use:   "devproxy",
		Short: "Run extensions and their host app on one origin",
		Long: "devproxy keeps your app on localhost:3000 and serves extensions (their UI and\n" +
			"their server handler) on the same origin, through the runner that you choose.",
		Example:           "  devproxy up --extension ./my-extension\n  devproxy up --extension ./my-extension -- npm run dev",
		Version:           strings.TrimPrefix(versions().String(), "devproxy "),
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return refuseColours(noColor) },
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args:              noSuchCommand,
	}
	cmd.AddGroup(&cobra.Group{ID: "dev", Title: "Development:"}, &cobra.Group{ID: "caddy", Title: "Caddy:"})
	cmd.PersistentFlags().BoolVar(&noColor, "no-color", false, "write no colours, as with NO_COLOR set")
	cmd.AddCommand(newInit(), newUp(), newCI(), newDown(), newUse(), newBuild(), newBuilds(), newUseBuild(), newBisect(), newStatus(), newDashboard(), newReplay(), newTrace(), newCapabilities(), newWait(), newConfig(), newRestart(), newLogs(), newExec(), newPs(),
		newDoctor(), newExplain(), newRunner(), newDockerRunner(), newTrust(), newUntrust(), newVersion())
	for _, own := range cmd.Commands() {
		argsFault(own)
	}
	for name := range borrowedExamples {
		cmd.AddCommand(borrowed(name))
	}
	cmd.SetFlagErrorFunc(flagFault)
	return cmd
}

// borrowedExamples are Caddy's own subcommands that are mounted, with how each
// is called.
var borrowedExamples = map[string]string{
	"validate":     "  devproxy validate --config Caddyfile",
	"adapt":        "  devproxy adapt --config Caddyfile --pretty",
	"fmt":          "  devproxy fmt --overwrite Caddyfile",
	"list-modules": "  devproxy list-modules --versions",
}

// borrowed mounts one of Caddy's own subcommands. Those that replace the
// binary by a stock one stay out.
func borrowed(name string) *cobra.Command {
	c := caddycmd.Commands()[name]
	cmd := &cobra.Command{Use: strings.TrimSpace(c.Name + " " + c.Usage), Short: c.Short, Long: c.Long, Example: borrowedExamples[name], GroupID: "caddy"}
	if c.CobraFunc != nil {
		c.CobraFunc(cmd)
		return cmd
	}
	cmd.RunE = caddycmd.WrapCommandFuncForCobra(c.Func)
	cmd.Flags().AddGoFlagSet(c.Flags)
	return cmd
}

func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	fix := "see 'devproxy --help'"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		fix = fmt.Sprintf("did you mean 'devproxy %s'?", cmp.Or(spelling.Nearest(args[0], near), near[0]))
	}
	return usageFault("unknown_command", fix, "there is no command %q", args[0])
}

// argsFault gives a wrong number of arguments the shape of other wrong usage.
func argsFault(cmd *cobra.Command) {
	takes := cmd.Args
	if takes == nil { // any
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := takes(cmd, args)
		var known *fault
		if err == nil || errors.As(err, &known) {
			return err
		}
		return usageFault("unexpected_argument", fmt.Sprintf("write '%s'", cmd.UseLine()), "%s: %w", cmd.Name(), err)
	}
}

// flagFault adds to pflag's message the flag that was probably meant.
func flagFault(cmd *cobra.Command, err error) error {
	fix := fmt.Sprintf("see '%s --help'", cmd.CommandPath())
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if near := similarFlag(cmd.Flags(), unknown.GetSpecifiedName()); near != "" {
			fix = fmt.Sprintf("did you mean --%s?", near)
		}
		return usageFault("unknown_flag", fix, "%w", err)
	}
	var value *pflag.InvalidValueError
	if errors.As(err, &value) && kinds[value.GetFlag().Value.Type()] != "" { // pflag's own words end in those of Go's parsers
		return usageFault("invalid_flag", fix, "--%s takes %s, not %q", value.GetFlag().Name, kinds[value.GetFlag().Value.Type()], value.GetValue())
	}
	return usageFault("invalid_flag", fix, "%w", err)
}

// kinds are the types of our flags that not every word fits.
var kinds = map[string]string{"int": "a whole number", "bool": "true or false", "duration": "a time such as 30s or 2m"}

func similarFlag(flags *pflag.FlagSet, name string) string {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return spelling.Nearest(name, names)
}
