package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// buildOptions are the flags of `build`.
type buildOptions struct {
	config string
	out    string
	json   bool
	name   string // of an extension, or its folder; "" is all
}

func newBuild() *cobra.Command {
	o := new(buildOptions)
	cmd := &cobra.Command{
		Use:   "build [EXTENSION]",
		Short: "Build extensions anew, and say what is wrong with them",
		Long: "Build extensions anew, commands included, and say what is wrong with them.\n\n" +
			"EXTENSION is an id or a folder; without it every extension is built. A devproxy\n" +
			"that runs builds its own, and serves what builds. Where none runs, or with --out,\n" +
			"the extension is built once as for production, and nothing is served.",
		Example: "  devproxy build\n  devproxy build acme.hello\n  devproxy build ./my-extension --out bundle.tar.zst\n  devproxy build --json",
		GroupID: "dev",
		Args:    cobra.MaximumNArgs(1),

		ValidArgsFunction: completeExtensions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = strings.Join(args, "")
			return o.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.config, "config", "c", "", "Caddyfile or Caddy JSON, where no devproxy runs (default: as for 'up')")
	flags.StringVarP(&o.out, "out", "o", "", "write the bundle of one extension to this file")
	jsonFlag(cmd, &o.json)
	return cmd
}

func (o *buildOptions) run(cmd *cobra.Command) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	shown := newProgress(cmd, o.json)
	builds, running, err := o.builds(ctx, shown)
	shown.close()
	if ctx.Err() != nil {
		return &fault{Code: "interrupted", Exit: exitForced, Err: errors.New("the build was given up"), Fix: "what was served before goes on"}
	}
	if err != nil {
		return err
	}
	if o.json {
		err = printBuildJSON(cmd.OutOrStdout(), builds)
	} else {
		err = (&buildPrinter{out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), running: running, file: o.out}).print(builds)
	}
	return errors.Join(err, failedBuilds(builds))
}

// buildDocument is what --json prints.
type buildDocument struct {
	form
	Builds []runnerstatus.Built `json:"builds"`
}

func printBuildJSON(w io.Writer, builds []runnerstatus.Built) error {
	return writeJSON(w, "build", &buildDocument{Builds: builds})
}

// builds asks the devproxy that runs, if it knows the extension, or builds
// here.
func (o *buildOptions) builds(ctx context.Context, shown *progress) (list []runnerstatus.Built, running bool, err error) {
	p, err := findRunning()
	if err != nil {
		return nil, false, err
	}
	a := newAdmin(p)
	if o.out != "" || o.config != "" || !a.running() {
		list, err = o.once(ctx, shown)
		return list, false, err
	}
	stop := shown.follow(ctx, newAdmin(p))
	list, err = a.build(ctx, o.folderOrID())
	stop()
	var refused *refusal
	if isFolder(o.name) && errors.As(err, &refused) && refused.unknown() {
		list, err = o.once(ctx, shown) // it is another project's
		return list, false, err
	}
	if errors.As(err, &refused) && refused.unknown() {
		err = unknownExtension(refused)
	}
	return list, true, err
}

func unknownExtension(err error) *fault {
	return usageFault("extension_not_found", "name an id that 'devproxy status' lists, or the folder that holds the extension's manifest.json", "%w", err)
}

func failedBuilds(builds []runnerstatus.Built) error {
	var failed []string
	for _, b := range builds {
		if !b.OK {
			failed = append(failed, extensionName(b))
		}
	}
	switch {
	case len(failed) > 0:
		return &fault{Code: "build_failed", Exit: exitFailure, Err: fmt.Errorf("%s cannot be published as it is", strings.Join(failed, ", "))}
	case len(builds) == 0:
		return usageFault("extension_not_found", "name the folder that holds the extension's manifest.json", "there is no extension to build")
	}
	return nil
}
