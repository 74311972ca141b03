package event

import "fmt"

// Target is the part of an extension that a build makes.
type Target string

// The targets of an extension.
const (
	UI      Target = "ui"
	Handler Target = "handler"
	// Manifest is nothing that is built, but what keeps all of it from being
	// published.
	Manifest Target = "manifest"
)

// Scope says how much a page must do to show a new build.
type Scope string

// The scopes, from the smallest to the largest.
const (
	// None: nothing that a page shows has changed.
	None Scope = "none"
	// Style: only stylesheets differ; they can be swapped in place.
	Style Scope = "style"
	// Page: the iframe must load again.
	Page Scope = "page"
)

// Problem is what is wrong at one place of the developer's files.
type Problem struct {
	File    string `json:"file,omitempty"`   // relative to the extension's folder, or absolute outside of it
	Line    int    `json:"line,omitempty"`   // from 1; 0 when unknown
	Column  int    `json:"column,omitempty"` // from 1, in characters; 0 when unknown
	Message string `json:"message"`
	Frame   string `json:"frame,omitempty"` // the lines around the place, numbered
	Fix     string `json:"fix,omitempty"`
	Code    string `json:"code,omitempty"` // stable, such as "asset_type_refused"
}

// String gives "file:line:column: message" with what is known.
func (p Problem) String() string {
	where := p.File
	if where != "" && p.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, p.Line)
		if p.Column > 0 {
			where = fmt.Sprintf("%s:%d", where, p.Column)
		}
	}
	if where == "" {
		return p.Message
	}
	return where + ": " + p.Message
}
