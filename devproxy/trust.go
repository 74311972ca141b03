package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"
)

func newTrust() *cobra.Command {
	return &cobra.Command{
		Use:   "trust",
		Short: "Let this machine's browsers trust the certificates of 'up --https'",
		Long: "Let this machine's browsers trust the certificates of 'devproxy up --https'.\n\n" +
			"This installs the certificate of this user's own CA in the trust stores of the\n" +
			"system, Firefox and Java, and may ask for your password. It is done at no other\n" +
			"time. devproxy must be running with --https.",
		Example: "  devproxy trust",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runTrust(cmd) },
	}
}

func runTrust(cmd *cobra.Command) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	if err := hasAuthority(cmd, newAdmin(p)); err != nil {
		return err
	}
	if err := caddyCommand(cmd, "trust", "--address", "unix/"+p.AdminSocket()); err != nil {
		return trustFault(p, err)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), "The CA is trusted; 'devproxy untrust' takes that back. Browsers that run need a restart.")
	return err
}

// hasAuthority asks before Caddy does: Caddy would make a CA that nobody uses.
func hasAuthority(cmd *cobra.Command, a *admin) error {
	var pki json.RawMessage
	err := a.do(cmd.Context(), http.MethodGet, "/config/apps/pki", func(body io.Reader) error {
		return json.NewDecoder(body).Decode(&pki)
	})
	if err != nil {
		return err
	}
	if len(pki) == 0 || string(pki) == "null" {
		return &fault{Code: "https_off", Exit: exitFailure, Err: errors.New("the devproxy that runs speaks http only")}
	}
	return nil
}

func newUntrust() *cobra.Command {
	return &cobra.Command{
		Use:     "untrust",
		Short:   "Take back what 'trust' did",
		Long:    "Remove the certificate of devproxy's CA from the trust stores of the system,\nFirefox and Java. This may ask for your password.",
		Example: "  devproxy untrust",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runUntrust(cmd) },
	}
}

func runUntrust(cmd *cobra.Command) error {
	p, err := findProject()
	if err != nil {
		return err
	}
	root := p.rootCertificate()
	if _, err := os.Stat(root); err != nil {
		return &fault{Code: "no_authority", Exit: exitFailure, Err: fmt.Errorf("there is no CA of devproxy's: %w", err), Fix: "nothing is to be done, unless XDG_STATE_HOME was another when it was made"}
	}
	if err := caddyCommand(cmd, "untrust", "--cert", root); err != nil {
		return trustFault(p, err)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), "The CA is no longer trusted. Browsers that run need a restart.")
	return err
}

// caddyCommand runs one of Caddy's own commands.
func caddyCommand(cmd *cobra.Command, name string, args ...string) error {
	own := borrowed(name)
	own.SilenceUsage, own.SilenceErrors = true, true
	own.SetArgs(args)
	own.SetOut(cmd.OutOrStdout())
	own.SetErr(cmd.ErrOrStderr())
	own.SetContext(cmd.Context())
	own.GroupID = "" // it stands alone here
	return own.Execute()
}

func trustFault(p project, err error) error {
	return &fault{Code: "trust_store", Exit: exitFailure, Err: fmt.Errorf("changing the trust stores: %w", err),
		Fix: "import or remove " + p.rootCertificate() + " by hand in the settings of your browser"}
}
