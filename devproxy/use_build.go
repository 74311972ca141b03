package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
)

// useBuildOptions are the flags of `use-build`.
type useBuildOptions struct {
	extension string
	latest    bool
	json      bool
}

func newUseBuild() *cobra.Command {
	o := new(useBuildOptions)
	cmd := &cobra.Command{
		Use:   "use-build ID | --latest",
		Short: "Serve an earlier build, UI and handler, until the next save",
		Long: "Serve an earlier build, UI and handler, in place of the working tree; pages that show\n" +
			"the extension follow. ID is the beginning of one that 'devproxy builds' lists. The\n" +
			"next save of a file that matters returns to the working tree, and so do --latest,\n" +
			"'devproxy build', and the end of devproxy. Nothing in your folder changes.",
		Example:           "  devproxy use-build 2f850e\n  devproxy use-build --latest --json",
		GroupID:           "dev",
		Args:              o.parseArgs,
		ValidArgsFunction: completeBuilds,
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd, strings.Join(args, "")) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.latest, "latest", false, "serve the working tree again")
	flags.StringVarP(&o.extension, "extension", "e", "", "id or folder, where several extensions are loaded (default: any)")
	jsonFlag(cmd, &o.json)
	suggestWith(cmd, "extension", completeExtensionFlag)
	return cmd
}

func (o *useBuildOptions) parseArgs(_ *cobra.Command, args []string) error {
	if (len(args) == 1) == o.latest || len(args) > 1 {
		return usageFault("unexpected_argument", "write 'devproxy use-build ID', or 'devproxy use-build --latest'", "use-build takes one build, or --latest")
	}
	return nil
}

func (o *useBuildOptions) run(cmd *cobra.Command, build string) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	p, err := findRunning()
	if err != nil {
		return err
	}
	after, err := newAdmin(p).useBuild(ctx, o.extension, build)
	if err != nil {
		return err
	}
	if o.json {
		return writeJSON(cmd.OutOrStdout(), "builds", &buildsDocument{Extensions: after.Extensions})
	}
	for _, e := range after.Extensions {
		line := fmt.Sprintf("%s: the working tree answers, build %s", e.Extension, e.Live)
		if e.Live != e.Latest {
			line = fmt.Sprintf("%s: build %s answers until the next save; the working tree is %s", e.Extension, e.Live, e.Latest)
		}
		if e.Live == e.Latest && !o.latest && !strings.HasPrefix(e.Live, strings.ToLower(strings.TrimPrefix(build, "sha256:"))) {
			continue // it was not asked for
		}
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
	return nil
}

// useBuild returns when the build answers; the working tree for "".
func (a *admin) useBuild(ctx context.Context, extension, build string) (after caddymodule.BuildsAnswer, err error) {
	query := url.Values{"extension": {folderOrID(extension)}, "build": {build}}
	if build == "" {
		query.Set("latest", "1")
	}
	a.client.Timeout = 0
	err = a.do(ctx, http.MethodPost, "/runner/use-build?"+query.Encode(), func(body io.Reader) error {
		return json.NewDecoder(body).Decode(&after)
	})
	if ctx.Err() != nil {
		err = &fault{Code: "interrupted", Exit: exitForced, Err: errors.New("nobody waits for the build any more"), Fix: "see 'devproxy builds' for which one answers"}
	}
	return after, buildFault(err)
}

// completeExtensionFlag offers ids at a flag.
func completeExtensionFlag(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return completeExtensions(cmd, nil, begun)
}
