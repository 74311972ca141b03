package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// state is what the admin endpoint answers, and what `status --json` prints.
type state struct {
	Selected   string      `json:"selected"`
	Backends   []backend   `json:"backends"`
	Extensions []extension `json:"extensions"`
	Compose    *compose    `json:"compose,omitempty"`
	Error      string      `json:"error,omitempty"`
}

// compose is the docker backend's project.
type compose struct {
	Name     string   `json:"name"`
	Dir      string   `json:"dir"`
	Files    []string `json:"files"`
	EnvFiles []string `json:"env_files,omitempty"`
	Profiles []string `json:"profiles,omitempty"`
	Service  string   `json:"service"`
	Instance string   `json:"instance"`
	Engine   string   `json:"engine"`
	BuildLog string   `json:"build_log"`
}

type backend struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	BaseURL  string `json:"base_url,omitempty"`
	Selected bool   `json:"selected"`
	Status   string `json:"status"`
	InFlight int64  `json:"in_flight"`
	// Generation counts the containers of a docker backend.
	Generation int `json:"generation,omitempty"`
	Error      *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Fix     string `json:"fix,omitempty"`
	} `json:"error,omitempty"`
}

type extension struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Publisher string `json:"publisher,omitempty"`
	Version   string `json:"version,omitempty"`
	Hash      string `json:"hash,omitempty"`
	InstallID string `json:"install_id,omitempty"`
	UIURL     string `json:"ui_url,omitempty"`
	Dir       string `json:"dir"`
	Handler   struct {
		Status  string `json:"status"`
		Message string `json:"message,omitempty"`
		Fix     string `json:"fix,omitempty"`
	} `json:"handler,omitzero"`
	Error *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

func newStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show what the running devproxy does",
		Example: "  devproxy status\n  devproxy status --json",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runStatus(cmd, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func runStatus(cmd *cobra.Command, asJSON bool) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	var s state
	if err := newAdmin(p).status(cmd.Context(), &s); err != nil {
		return err
	}
	if asJSON {
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetIndent("", "  ")
		return encoder.Encode(s)
	}
	return s.print(cmd.OutOrStdout())
}

func (s state) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "BACKEND\tKIND\tSTATE\tIN FLIGHT\tADDRESS")
	for _, b := range s.Backends {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", b.Name, b.Kind, b.state(), b.InFlight, b.BaseURL)
	}
	for _, b := range s.Backends {
		if b.Error != nil {
			fmt.Fprintf(table, "\n%s: %s: %s\n  fix: %s\n", b.Name, b.Error.Code, b.Error.Message, b.Error.Fix)
		}
	}
	fmt.Fprintln(table, "\nEXTENSION\tVERSION\tHANDLER\tHASH\tFOLDER")
	for _, e := range s.Extensions {
		fmt.Fprintf(table, "%s\t%s\t%s\t%.19s\t%s\n", cmp.Or(e.ID, "(invalid)"), e.Version, e.Handler.Status, e.Hash, e.Dir)
	}
	for _, e := range s.Extensions {
		if e.Error != nil {
			fmt.Fprintf(table, "\n%s: %s\n", e.Error.Code, e.Error.Message)
		}
	}
	if s.Error != "" {
		fmt.Fprintf(table, "\nerror: %s\n", s.Error)
	}
	return table.Flush()
}

func (b backend) state() string {
	if b.Selected {
		return b.Status + ", selected"
	}
	return b.Status
}
