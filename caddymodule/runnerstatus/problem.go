package runnerstatus

import "fmt"

// Problem is what is wrong at one place of the developer's files.
type Problem struct {
	Target  string `json:"target,omitempty" jsonschema:"enum=ui,enum=handler,enum=manifest"` // empty for all of it
	File    string `json:"file,omitempty"`                                                   // relative to the extension's folder, or absolute outside of it
	Line    int    `json:"line,omitempty"`                                                   // from 1; 0 when unknown
	Column  int    `json:"column,omitempty"`                                                 // from 1, in characters; 0 when unknown
	Code    string `json:"code,omitempty"`                                                   // stable, such as "asset_type_refused"
	Message string `json:"message"`
	Frame   string `json:"frame,omitempty"` // the lines around the place, numbered
	Fix     string `json:"fix,omitempty"`
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
