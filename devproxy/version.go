package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Show the versions of devproxy and of what it is built on",
		Example: "  devproxy version\n  devproxy version --json",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := versions()
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), "version", &v)
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), v)
			return err
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// versionDocument is what --json prints.
type versionDocument struct {
	form
	Devproxy string `json:"devproxy"` // "" where the Go toolchain wrote down none
	Caddy    string `json:"caddy"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// versions goes by what the Go toolchain wrote into the binary.
func versions() versionDocument {
	v := versionDocument{Caddy: "unknown", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Devproxy = info.Main.Version
	for _, dep := range info.Deps {
		if dep.Path == "github.com/caddyserver/caddy/v2" {
			v.Caddy = dep.Version
		}
	}
	return v
}

func (v versionDocument) String() string {
	return fmt.Sprintf("devproxy %s (caddy %s, %s %s/%s)", cmp.Or(v.Devproxy, "unknown"), v.Caddy, v.Go, v.OS, v.Arch)
}

// versionName is the short form.
func versionName() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return "devproxy " + info.Main.Version
	}
	return "devproxy"
}
