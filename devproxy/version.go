package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the versions of devproxy and of what it is built on",
		Example: "  devproxy version",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), versionLine())
		},
	}
}

// versionLine goes by what the Go toolchain wrote into the binary.
func versionLine() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devproxy (no build information), " + runtime.Version()
	}
	caddy := "unknown"
	for _, dep := range info.Deps {
		if dep.Path == "github.com/caddyserver/caddy/v2" {
			caddy = dep.Version
		}
	}
	return fmt.Sprintf("devproxy %s (caddy %s, %s %s/%s)", info.Main.Version, caddy, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionName is the short form.
func versionName() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return "devproxy " + info.Main.Version
	}
	return "devproxy"
}
