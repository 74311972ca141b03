// findings.go contains what govulncheck found, and how far our code gets to it.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// How far our code gets to what is vulnerable.
const (
	required = iota // a module of ours has it
	imported        // a package that we import is it
	called          // our code reaches it
)

// finding is one vulnerability of one module.
type finding struct {
	id, module, version, fixed, summary string

	reach int
	way   string // of one call of it, from our code on
}

// message is what govulncheck writes, one after the other, as far as it matters.
type message struct {
	Config *struct{} `json:"config"`
	OSV    *struct {
		ID      string `json:"id"`
		Summary string `json:"summary"`
	} `json:"osv"`
	Finding *struct {
		OSV   string  `json:"osv"`
		Fixed string  `json:"fixed_version"`
		Trace []frame `json:"trace"`
	} `json:"finding"`
}

// frame is a step of a call, what is vulnerable first.
type frame struct {
	Module   string `json:"module"`
	Version  string `json:"version"`
	Package  string `json:"package"`
	Receiver string `json:"receiver"`
	Function string `json:"function"`
}

// read gives each vulnerability once, by how far we get to it at most, in the
// order in which they came. An input that ends before the scan began is an error:
// nothing found and not looked are told apart.
func read(from io.Reader) ([]*finding, error) {
	var list []*finding
	found, summaries, begun := map[string]*finding{}, map[string]string{}, false
	decoder := json.NewDecoder(from)
	for {
		var m message
		err := decoder.Decode(&m)
		if errors.Is(err, io.EOF) && begun {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading what govulncheck says: %w", err)
		}
		begun = begun || m.Config != nil
		if m.OSV != nil {
			summaries[m.OSV.ID] = m.OSV.Summary
		}
		if m.Finding == nil || len(m.Finding.Trace) == 0 {
			continue
		}
		at := m.Finding.Trace[0]
		key := m.Finding.OSV + " " + at.Module
		if found[key] == nil {
			found[key] = &finding{id: m.Finding.OSV, module: at.Module, version: at.Version, fixed: m.Finding.Fixed}
			list = append(list, found[key])
		}
		found[key].see(m.Finding.Trace)
	}
	for _, f := range list {
		f.summary = summaries[f.id]
	}
	return list, nil
}

// see takes a trace for the finding's own when it leads further, or is shorter.
func (f *finding) see(trace []frame) {
	reach := required
	switch {
	case trace[0].Function != "":
		reach = called
	case trace[0].Package != "":
		reach = imported
	}
	if reach > f.reach {
		f.reach, f.way = reach, ""
	}
	if way := wayOf(trace); reach == called && (f.way == "" || len(way) < len(f.way)) {
		f.way = way
	}
}

// wayOf is a call in words, from our code on.
func wayOf(trace []frame) string {
	var steps []string
	for i := len(trace) - 1; i >= 0; i-- {
		name := trace[i].Function
		if trace[i].Receiver != "" {
			name = strings.TrimPrefix(trace[i].Receiver, "*") + "." + name
		}
		steps = append(steps, trace[i].Package+"."+name)
	}
	return strings.Join(steps, " → ")
}
