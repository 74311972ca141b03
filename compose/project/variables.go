package project

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/template"
	"go.yaml.in/yaml/v4"

	"github.com/same-origin/devproxy/compose/expression"
)

// variables replaces variables as compose-go does and notes those that have no
// value, which compose-go would print to standard error without a place.
type variables struct {
	mu    sync.Mutex
	unset []unsetVariable
	bytes int // that came in the place of variables
}

type unsetVariable struct{ name, text string }

// mostVariables bounds those of one text, whose rest is looked through for each.
const mostVariables = 1000

// substitute is compose-go's replacement of the variables in one text.
func (v *variables) substitute(text string, lookup template.Mapping) (string, error) {
	if strings.Count(text, "$")-2*strings.Count(text, "$$") > mostVariables { // two are a dollar sign
		return "", fmt.Errorf("it has more than %d variables", mostVariables)
	}
	return v.replaceIn(text, text, lookup)
}

// replaceIn replaces in a part of a text. compose-go's pattern takes all from the
// first brace to the last one for a match, so what comes after the first variable
// is replaced on its own.
func (v *variables) replaceIn(part, text string, lookup template.Mapping) (string, error) {
	replace := func(match string, lookup template.Mapping, cfg *template.Config) (string, error) {
		head, tail := cutVariable(match)
		value, found, err := template.DefaultReplacementAppliedFunc(head, lookup, cfg)
		if err != nil {
			return "", err
		}
		if !v.afford(len(value)) {
			return "", errUnfolds
		}
		if !found {
			v.note(variableName().FindString(head), text)
		}
		rest, err := v.replaceIn(tail, text, lookup)
		return value + rest, err
	}
	return template.SubstituteWithOptions(part, lookup, template.WithoutLogging, template.WithReplacementFunction(replace))
}

// cutVariable cuts a match after the brace that closes its first variable.
func cutVariable(match string) (head, tail string) {
	depth := 0
	for i := range len(match) {
		switch {
		case strings.HasPrefix(match[i:], "${"):
			depth++
		case match[i] == '}':
			if depth--; depth == 0 {
				return match[:i+1], match[i+1:]
			}
		}
	}
	return match, ""
}

var variableName = expression.WhenNeeded(`[_a-zA-Z][_a-zA-Z0-9]*`)

// afford says whether so many more bytes may come in the place of variables.
func (v *variables) afford(bytes int) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.bytes += bytes
	return v.bytes <= mostUnfolded
}

func (v *variables) note(name, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if u := (unsetVariable{name, text}); !slices.Contains(v.unset, u) {
		v.unset = append(v.unset, u)
	}
}

// warnings name each unset variable where its text stands.
func (v *variables) warnings(s *sources) []Problem {
	var list []Problem
	for _, u := range v.unset {
		p := s.problem(s.locateText(u.text), CodeVariableUnset)
		p.Message = fmt.Sprintf("variable %s is not set and taken as empty", u.name)
		p.Fix = fmt.Sprintf("set it, or give a default: ${%s:-}", u.name)
		list = append(list, p)
	}
	return list
}

// locateText finds the first value that reads exactly so, and its path.
func (s *sources) locateText(text string) place {
	for _, u := range s.units {
		for _, doc := range s.read(u.file) {
			w := textWalk{text: text, budget: findBudget}
			if w.walk(doc, nil) {
				return place{hit: w.found, file: u.file, parts: w.path}
			}
		}
	}
	return s.locateParts(nil)
}

type textWalk struct {
	text   string
	budget int
	found  hit
	path   []string
}

func (w *textWalk) walk(n *yaml.Node, path []string) bool {
	w.budget--
	if w.budget < 0 || n.Kind == yaml.AliasNode {
		return false
	}
	if n.Kind == yaml.ScalarNode && n.Value == w.text {
		w.found, w.path = hit{at: n, value: n, depth: len(path)}, path
		return true
	}
	for i, child := range n.Content {
		below := path[:len(path):len(path)]
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 0:
			continue
		case n.Kind == yaml.MappingNode:
			below = append(below, n.Content[i-1].Value)
		case n.Kind == yaml.SequenceNode:
			below = append(below, anyItem)
		}
		if w.walk(child, below) {
			return true
		}
	}
	return false
}
