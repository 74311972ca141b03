package extension

import (
	"bytes"
	"encoding/json"

	"github.com/Masterminds/semver/v3"

	"github.com/same-origin/devproxy/compose/expression"
)

// Manifest is an extension's `manifest.json`, version 2. Fields that only
// production reads are left to it.
type Manifest struct {
	Name         string   `json:"name"`
	Publisher    string   `json:"publisher"`
	Version      string   `json:"version"`
	Runtime      string   `json:"runtime"`
	Capabilities []string `json:"capabilities,omitempty"`
	UI           *UI      `json:"ui,omitempty"`
	API          *API     `json:"api,omitempty"`
}

// UI says how the extension shows itself.
type UI struct {
	Type  string `json:"type"`
	Entry string `json:"entry"`
}

// API lists what the extension's handler answers.
type API struct {
	Endpoints []Endpoint `json:"endpoints"`
}

// Endpoint is one route of the handler; a path segment may be `:param`.
type Endpoint struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Handler string `json:"handler"`
}

// ID is the name by which hosts and URLs know the extension.
func (m Manifest) ID() string { return m.Publisher + "." + m.Name }

// runtimes are the values of `runtime` that the platform defines.
const runtimeWASM = "wasm-js@1"

// slug is what may stand in an id: it must be one safe URL and file segment.
var slug = expression.WhenNeeded(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// byteOrderMark is what some editors on Windows put first.
const byteOrderMark = "\xef\xbb\xbf"

var methods = map[string]bool{"GET": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true}

// ParseManifest reads and checks the manifest in data. file only names it in
// errors. The error is a *ManifestError that lists every problem found.
func ParseManifest(file string, data []byte) (Manifest, error) {
	var m Manifest
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if err := json.Unmarshal(data, &m); err != nil {
		return m, &ManifestError{File: file, Problems: []Problem{jsonProblem(data, err)}}
	}
	if problems := m.problems(data); len(problems) > 0 {
		return m, &ManifestError{File: file, Problems: problems}
	}
	return m, nil
}

func (m Manifest) problems(data []byte) []Problem {
	c := checker{places: newPlaces(data)}
	c.name("name", m.Name)
	c.name("publisher", m.Publisher)
	if c.presentAs("version", m.Version, "write one such as \"1.0.0\"") {
		if _, err := semver.StrictNewVersion(m.Version); err != nil {
			c.add("version", "must be a semantic version such as 1.0.0, not %q", m.Version)
		}
	}
	if c.presentAs("runtime", m.Runtime, `it must be "`+runtimeWASM+`"`) && m.Runtime != runtimeWASM {
		c.add("runtime", "must be %q, not %q", runtimeWASM, m.Runtime)
	}
	c.capabilities(m.Capabilities)
	c.ui(m.UI)
	c.api(m.API)
	return c.problems
}
