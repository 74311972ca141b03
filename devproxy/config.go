package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/compose/spelling"
)

// configOptions are the flags of `config`.
type configOptions struct {
	config, backend, explain string
	asJSON                   bool
}

func newConfig() *cobra.Command {
	o := new(configOptions)
	cmd := &cobra.Command{
		Use:   "config [--explain KEY]",
		Short: "Show which settings of the backends count, and where each comes from",
		Long: "Show which settings of the backends count, and where each comes from: a flag goes\n" +
			"over the environment, that over the Caddyfile, and that over the default. Nothing\n" +
			"needs to run. Secrets are never shown.",
		Example: "  devproxy config\n  devproxy config --explain default\n  RUNNER_BACKEND=docker devproxy config --explain backend.docker\n  devproxy config --json",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.config, "config", "c", "", "Caddyfile or Caddy JSON (default: ./Caddyfile if it has a runner, else the built-in one)")
	flags.StringVarP(&o.backend, "backend", "b", "", "as 'devproxy up --backend' would have it")
	flags.StringVar(&o.explain, "explain", "", "one setting, or a group of them such as monitor")
	jsonFlag(cmd, &o.asJSON)
	return cmd
}

func (o *configOptions) run(w io.Writer) error {
	up := upOptions{config: o.config, backend: o.backend, port: defaultPort}
	if err := up.setEnvironment(); err != nil {
		return err
	}
	source, body, _, err := up.read()
	if err != nil {
		return err
	}
	config, err := adapt(source, body)
	if err != nil {
		return err
	}
	app, err := runnerOf(config)
	if err != nil {
		return err
	}
	from := caddymodule.Origins{File: source, Text: string(body), Flags: map[string]string{}}
	if o.backend != "" {
		from.Flags[caddymodule.EnvBackend] = "--backend"
	}
	list, err := caddymodule.Explain(app, from, os.Getenv)
	if err != nil {
		return usageFault("config_invalid", wrongSetting, "%w", err)
	}
	if list, err = o.pick(list); err != nil {
		return err
	}
	return o.print(w, list)
}

// runnerOf is the JSON of the app.
func runnerOf(config []byte) (json.RawMessage, error) {
	var root struct {
		Apps struct {
			Runner json.RawMessage `json:"runner"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(config, &root); err != nil {
		return nil, fmt.Errorf("reading the config: %w", err)
	}
	if root.Apps.Runner == nil {
		return json.RawMessage("{}"), nil
	}
	return root.Apps.Runner, nil
}

// pick leaves what --explain asks for.
func (o *configOptions) pick(list []caddymodule.Setting) ([]caddymodule.Setting, error) {
	if o.explain == "" {
		return list, nil
	}
	var picked []caddymodule.Setting
	var keys []string
	for _, s := range list {
		keys = append(keys, s.Key)
		if strings.EqualFold(s.Key, o.explain) || strings.HasPrefix(s.Key, strings.ToLower(o.explain)+".") || strings.EqualFold(s.Variable, o.explain) {
			picked = append(picked, s)
		}
	}
	if len(picked) > 0 {
		return picked, nil
	}
	fix := "those there are: " + strings.Join(keys, ", ")
	if near := spelling.Nearest(o.explain, keys); near != "" {
		fix = "did you mean " + near + "?"
	}
	return nil, usageFault("setting_unknown", fix, "there is no setting %q", o.explain)
}

// configDocument is what --json prints.
type configDocument struct {
	form
	Settings []caddymodule.Setting `json:"settings"`
}

func (o *configOptions) print(w io.Writer, list []caddymodule.Setting) error {
	if o.asJSON {
		return writeJSON(w, "config", &configDocument{Settings: list})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SETTING\tVALUE\tFROM\tVARIABLE")
	for _, s := range list {
		value := s.Value
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", s.Key, value, s.Origin, s.Variable)
	}
	return table.Flush()
}
