package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/spelling"
)

func newCapabilities() *cobra.Command {
	var asJSON, check bool
	cmd := &cobra.Command{
		Use:   "capabilities [EXTENSION]",
		Short: "Show what extensions use of the platform, and the least they need",
		Long: "Show what extensions used of the platform while they were recorded, against what\n" +
			"their manifests declare, and the shortest list that would do. What is declared, and\n" +
			"stands in the handler's source, but was never called, stays on that list.",
		Example: "  devproxy capabilities\n  devproxy capabilities acme.hello --json\n  devproxy capabilities --check",
		GroupID: "dev",
		Args:    cobra.MaximumNArgs(1),

		ValidArgsFunction: completeExtensions,

		RunE: func(cmd *cobra.Command, args []string) error { return runCapabilities(cmd, args, asJSON, check) },
	}
	jsonFlag(cmd, &asJSON)
	cmd.Flags().BoolVar(&check, "check", false, "exit with 1 when something that is needed was denied, or is not there")
	return cmd
}

// usesDocument is what `capabilities --json` prints.
type usesDocument struct {
	form
	runnerstatus.Uses
}

func runCapabilities(cmd *cobra.Command, args []string, asJSON, check bool) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	var uses runnerstatus.Uses
	if err := newAdmin(p).recorded(cmd.Context(), http.MethodGet, "/runner/capabilities", nil, &uses); err != nil {
		return err
	}
	if len(args) > 0 {
		if uses.Extensions, err = onlyExtension(uses.Extensions, args[0]); err != nil {
			return err
		}
	}
	if asJSON {
		err = writeJSON(cmd.OutOrStdout(), "capabilities", &usesDocument{Uses: uses})
	} else {
		err = printUses(cmd.OutOrStdout(), uses)
	}
	if err != nil || !check {
		return err
	}
	return missingFault(uses)
}

func onlyExtension(list []runnerstatus.Usage, id string) ([]runnerstatus.Usage, error) {
	var ids []string
	for _, u := range list {
		if u.Extension == id {
			return []runnerstatus.Usage{u}, nil
		}
		ids = append(ids, u.Extension)
	}
	fix := "those that are loaded: " + strings.Join(ids, ", ")
	if near := spelling.Nearest(id, ids); near != "" {
		fix = "did you mean " + near + "?"
	}
	return nil, usageFault("extension_not_found", fix, "there is no extension %q", id)
}

func missingFault(uses runnerstatus.Uses) error {
	var missing []string
	for _, u := range uses.Extensions {
		missing = append(missing, u.Missing...)
	}
	if len(missing) == 0 {
		return nil
	}
	return &fault{Code: "capability_missing", Exit: exitFailure, Err: errors.New(missing[0])}
}

func printUses(w io.Writer, uses runnerstatus.Uses) error {
	if len(uses.Extensions) == 0 {
		_, err := fmt.Fprintln(w, "No extension is loaded.")
		return err
	}
	for i, u := range uses.Extensions {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := printUsage(w, u); err != nil {
			return err
		}
	}
	return nil
}

func printUsage(w io.Writer, u runnerstatus.Usage) error {
	if u.Executes == 0 {
		fmt.Fprintf(w, "%s: no call of its handler was seen yet\n\n", u.Extension)
	} else {
		fmt.Fprintf(w, "%s: seen in %d calls since %s\n\n", u.Extension, u.Executes, u.Since.Local().Format(time.DateTime))
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CAPABILITY\tDECLARED\tSTATE\tCALLED")
	for _, c := range u.Capabilities {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.Name, declaredText(c), c.Status, functionsText(c.Functions))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	printNames(w, "hosts", "refused", u.Hosts)
	printNames(w, "secrets", "not given", u.Secrets)
	for _, one := range u.Missing {
		fmt.Fprintf(w, "\nmissing: %s\n", one)
	}
	fmt.Fprintf(w, "\nThe least that manifest.json needs%s:\n\n%s\n", sameText(u), leastBlock(u))
	return nil
}

func declaredText(c runnerstatus.CapabilityUse) string {
	switch {
	case c.Declared:
		return "yes"
	case c.Always:
		return "no need"
	}
	return "no"
}

func functionsText(list []runnerstatus.FunctionUse) string {
	if len(list) == 0 {
		return "–"
	}
	var texts []string
	for _, f := range list {
		text := fmt.Sprintf("%s %d×", f.Name, f.Calls)
		if f.Denied > 0 {
			text += fmt.Sprintf(" (%d denied)", f.Denied)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func printNames(w io.Writer, what, refused string, list []runnerstatus.NameUse) {
	if len(list) == 0 {
		return
	}
	var texts []string
	for _, n := range list {
		text := fmt.Sprintf("%s %d×", n.Name, n.Calls)
		if n.Denied > 0 {
			text += fmt.Sprintf(" (%d %s)", n.Denied, refused)
		}
		texts = append(texts, text)
	}
	fmt.Fprintf(w, "\n%s: %s\n", what, strings.Join(texts, ", "))
}

func sameText(u runnerstatus.Usage) string {
	if slices.Equal(slices.Sorted(slices.Values(u.Declared)), u.Least) {
		return ", as it has it"
	}
	return ""
}

// leastBlock is ready to be pasted.
func leastBlock(u runnerstatus.Usage) string {
	list, _ := json.Marshal(u.Least) // strings always encode
	return `  "capabilities": ` + strings.ReplaceAll(string(list), ",", ", ")
}
