// Command devproxy keeps a host app and an extension runner on one origin.
//
// Every verb is one file; main only hands over. `up` loads Caddy with our
// module, the other verbs talk to it through its admin socket.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/devproxy/internal/codes"
	_ "github.com/same-origin/devproxy/devproxy/internal/firstheap"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process, so that tests can call it.
func run(args []string, stdout, stderr io.Writer) int {
	cmd := newRoot()
	cmd.SetArgs(append([]string{}, args...)) // of nil cobra makes those of the process
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	called, err := cmd.ExecuteC()
	if err == nil {
		return 0
	}
	if child := childExit(0); errors.As(err, &child) {
		return int(child)
	}
	fault := asFault(err)
	if wantsJSON(called) {
		_ = writeJSON(stderr, "error", &faultDocument{Code: fault.Code, Message: fault.Err.Error(), Fix: fault.Fix, Exit: fault.Exit})
		return fault.Exit
	}
	fmt.Fprintln(stderr, "devproxy:", fault)
	if fault.Fix != "" {
		fmt.Fprintln(stderr, "  fix:", fault.Fix)
	}
	return fault.Exit
}

// asFault gives errors that nobody classified the general code, and those
// without a fix of their own the one of their code.
func asFault(err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		if f.Fix == "" {
			f.Fix = hint(codes.Fix(f.Code))
		}
		return f
	}
	return &fault{Code: "failed", Exit: exitFailure, Err: err}
}
