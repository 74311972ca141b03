package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// What a check comes to.
const (
	stateOK      = "ok"
	stateSkipped = "skipped" // it makes no sense here, or something else is missing
	stateWarning = "warning" // devproxy works, and less well than it could
	stateWrong   = "wrong"   // what was asked for does not work
	stateFixed   = "fixed"
)

// finding is what one check found. Code, Cause and Fix are those of a fault
// in the rest of devproxy where it is the same one.
type finding struct {
	Check string `json:"check"`
	State string `json:"state" jsonschema:"enum=ok,enum=skipped,enum=warning,enum=wrong,enum=fixed"`
	Code  string `json:"code,omitempty"` // of what is not as it should be
	// Cause says what is the case; Evidence is what was seen.
	Cause    string `json:"message"`
	Evidence string `json:"evidence,omitempty"`
	Fix      string `json:"fix,omitempty"` // what a person does
	// Repair is what --fix does, or did; empty where that is left to a person.
	Repair string `json:"repair,omitempty"`

	repair func(context.Context) error
}

// check is one line of the table. It only looks.
type check struct {
	name string
	look func(context.Context, *patient) []finding
}

// run puts the check's name on what it finds.
func (c check) run(ctx context.Context, p *patient) []finding {
	found := c.look(ctx, p)
	for i := range found {
		found[i].Check = c.name
	}
	return found
}

// checks are all there are; what others build on comes first.
var checks = []check{
	{"configuration", checkConfiguration},
	{"state folder", checkState},
	{"state left behind", checkSocket},
	{"disk space", checkDisk},
	{"file systems", checkFileSystems},
	{"watches", checkWatches},
	{"open files", checkOpenFiles},
	{"memory", checkMemory},
	{"ports", checkPorts},
	{"CA of https", checkAuthority},
	{"CAs of the config", checkAuthorityFiles},
	{"node", checkNode},
	{"npm packages", checkPackages},
	{"container engine", checkEngine},
	{"engine's clock", checkClock},
	{"way from containers", checkGateway},
	{"containers left behind", checkContainers},
	{"compose file", checkCompose},
}

func fine(format string, args ...any) []finding {
	return []finding{{State: stateOK, Cause: fmt.Sprintf(format, args...)}}
}

func skipped(format string, args ...any) []finding {
	return []finding{{State: stateSkipped, Cause: fmt.Sprintf(format, args...)}}
}

// ofFault takes over what another part of devproxy would say.
func ofFault(state string, err error) []finding {
	f := asFault(err)
	return []finding{{State: state, Code: f.Code, Cause: f.Err.Error(), Fix: f.Fix}}
}

func anyWrong(list []finding) bool {
	return slices.ContainsFunc(list, func(f finding) bool { return f.State == stateWrong })
}

// styles are the colours of the states; the word stands there too.
var styles = map[string]string{stateOK: "32", stateSkipped: "2", stateWarning: "33", stateWrong: "31", stateFixed: "32"}

func printFindings(w io.Writer, list []finding, o *doctorOptions) error {
	for _, f := range list {
		mark := paint(w, styles[f.State], fmt.Sprintf("%-7s", f.State))
		fmt.Fprintf(w, "%s  %s: %s%s\n", mark, f.Check, coded(f.Code), indented(f.Cause))
		for _, line := range []struct{ name, text string }{{"seen", f.Evidence}, {"fix", f.Fix}, {f.repairWord(o), f.Repair}} {
			if line.text != "" && f.State != stateOK {
				fmt.Fprintf(w, "         %s: %s\n", line.name, indented(line.text))
			}
		}
	}
	_, err := fmt.Fprintln(w, sumOf(list))
	return err
}

// repairWord says whose turn it is.
func (f finding) repairWord(o *doctorOptions) string {
	switch {
	case f.State == stateFixed:
		return "done"
	case o.fix && !o.dryRun:
		return "--fix tried to"
	}
	return "--fix would"
}

func coded(code string) string {
	if code == "" {
		return ""
	}
	return code + ": "
}

// indented keeps a text of several lines below its first.
func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n           ") }

func sumOf(list []finding) string {
	count := map[string]int{}
	for _, f := range list {
		count[f.State]++
	}
	return fmt.Sprintf("%d wrong, %d warnings, %d fixed, %d ok, %d skipped",
		count[stateWrong], count[stateWarning], count[stateFixed], count[stateOK], count[stateSkipped])
}
