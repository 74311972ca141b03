// manifest_fields.go contains which fields a manifest has, and which of them
// somebody meant.

package extension

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
	"github.com/same-origin/devproxy/compose/spelling"
)

// fields are those that the platform defines, by the object that they stand in.
var fields = map[string][]string{
	"":                {"name", "publisher", "version", "runtime", "capabilities", "ui", "api", "events", "entry", "precompiled", "assets", "sbom"},
	"ui":              {"type", "entry", "hooks"},
	"api":             {"endpoints"},
	"api.endpoints[]": {"method", "path", "handler"},
}

var index = expression.WhenNeeded(`\[[0-9]+\]`)

// split gives the object that field stands in, as fields names it, and its
// name there.
func split(field string) (object, name string) {
	at := strings.LastIndex(field, ".")
	return index().ReplaceAllString(field[:max(at, 0)], "[]"), field[at+1:]
}

// isField says whether the manifest defines field.
func isField(field string) bool {
	object, name := split(field)
	return slices.Contains(fields[object], name)
}

// Misspelt lists the fields of a manifest that the platform does not know and
// that look like one that it knows and that is not there. Runners pass over
// them without a word. Others are left alone: they may be a host's own.
func Misspelt(data []byte) (problems []Problem) {
	p := newPlaces(bytes.TrimPrefix(data, []byte(byteOrderMark)))
	for _, field := range slices.SortedFunc(maps.Keys(p.of), p.inOrder) {
		object, name := split(field)
		if fields[object] == nil || isField(field) || strings.HasSuffix(name, "]") {
			continue
		}
		parent := field[:len(field)-len(name)]
		absent := slices.DeleteFunc(slices.Clone(fields[object]), func(known string) bool {
			_, there := p.of[parent+known]
			return there
		})
		if near := nearest(name, absent); near != "" {
			problem := p.nameOf(field)
			problem.Field, problem.Message = field, fmt.Sprintf("is not one that runners know; did you mean %q?", parent+near)
			problems = append(problems, problem)
		}
	}
	return problems
}

// nearest finds the known word that was meant, by its letters or by their case.
func nearest(name string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return k
		}
	}
	return spelling.Nearest(name, known)
}

func (p places) inOrder(a, b string) int { return int(p.of[a].name - p.of[b].name) }
