// Package codes is the table of every stable error code: where it is reported,
// with which exit code or HTTP status, what it means, and what to do.
//
// `devproxy explain` prints an entry, the commands take a fix from here that
// have none of their own, and docs/errors.md is made of it. The package calls
// nobody; a test of the commands checks it against the sources, both ways.
package codes

import (
	"slices"
	"strings"
)

// Code is one entry.
type Code struct {
	Names string // one, or several with one meaning, as in "a, b"
	At    string // see [Table]
	What  string // what happened, in Markdown
	Fix   string // what to do, in Markdown; empty where What, or the message itself, says so
}

// Table are the codes that are reported in one place.
type Table struct {
	Heading string // of the page; empty: as that of the table before
	Intro   string // above the table, in Markdown; may be empty
	Name    string // what a code is called. Default: code
	At      string // what Code.At is: exit, status or where; empty: there is none
	What    string // what Code.What tells
	Codes   []Code
}

// tables are all there are, in the order of the page.
var tables = []Table{
	command, doctor, manifest, builds, warnings, docker, probes, unsafe, knative, gateway, live, registry, files, runner, runs,
	engineRefusals, steps, service, client,
}

// Entry is what there is to say of one code in one place.
type Entry struct {
	Code    string `json:"code"`
	Where   string `json:"where"`            // heading of the page
	Exit    string `json:"exit,omitempty"`   // the command's exit code
	Status  string `json:"status,omitempty"` // of the HTTP answer
	Meaning string `json:"meaning"`          // in Markdown
	Fix     string `json:"fix,omitempty"`    // what to do next, in Markdown
}

// Explain gives the entries of a code; several where it means something in
// several places.
func Explain(code string) (entries []Entry) {
	heading := ""
	for _, t := range tables {
		if t.Heading != "" {
			heading = t.Heading
		}
		for _, c := range t.Codes {
			if !slices.Contains(c.list(), code) {
				continue
			}
			e := Entry{Code: code, Where: heading, Meaning: c.What, Fix: c.Fix}
			switch t.At {
			case "exit":
				e.Exit = strings.Trim(c.At, "–")
			case "status":
				e.Status = c.At
			}
			entries = append(entries, e)
		}
	}
	return entries
}

// Names are all codes, sorted.
func Names() (names []string) {
	for _, t := range tables {
		for _, c := range t.Codes {
			names = append(names, c.list()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Fix is what to do about a code of a command; empty where only the message
// knows.
func Fix(code string) string {
	for _, e := range Explain(code) {
		if e.Exit != "" {
			return e.Fix
		}
	}
	return ""
}

func (c Code) list() []string { return strings.Split(c.Names, ", ") }
