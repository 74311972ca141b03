package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// form is what everything begins with that --json prints. docs/schemas has a
// JSON Schema for each type.
type form struct {
	V    int    `json:"v"`    // version of the schema; another one is another form
	Type string `json:"type"` // name of the schema
}

func (f *form) set(name string) { *f = form{V: 1, Type: name} }

// document is one of the forms.
type document interface{ set(name string) }

// jsonFlag adds --json to a command.
func jsonFlag(cmd *cobra.Command, into *bool) {
	cmd.Flags().BoolVar(into, "json", false, "print JSON: one document per line")
}

// writeJSON writes a document on a line of its own, so that every command's
// output can be read line by line.
func writeJSON(w io.Writer, name string, d document) error {
	d.set(name)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// wantsJSON says whether a command was called with --json.
func wantsJSON(cmd *cobra.Command) bool {
	flag := cmd.Flags().Lookup("json")
	return flag != nil && flag.Value.String() == "true"
}

// faultDocument is what a command with --json writes to stderr when it fails.
type faultDocument struct {
	form
	Code    string `json:"code"` // see docs/errors.md
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"` // what to do next
	Exit    int    `json:"exit"`          // the exit code
}

// Interface guards
var _ document = (*form)(nil)
