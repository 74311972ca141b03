package project

import (
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/compose-spec/compose-go/v2/template"
	"go.yaml.in/yaml/v4"
)

// variables replaces variables as compose-go does and notes those that have no
// value, which compose-go would print to standard error without a place.
type variables struct {
	mu    sync.Mutex
	unset []unsetVariable
}

type unsetVariable struct{ name, text string }

// substitute is compose-go's replacement of the variables in one text.
func (v *variables) substitute(text string, lookup template.Mapping) (string, error) {
	note := func(part string, lookup template.Mapping, cfg *template.Config) (string, error) {
		value, found, err := template.DefaultReplacementAppliedFunc(part, lookup, cfg)
		if err == nil && !found {
			v.note(variableName.FindString(part), text)
		}
		return value, err
	}
	return template.SubstituteWithOptions(text, lookup, template.WithoutLogging, template.WithReplacementFunction(note))
}

var variableName = regexp.MustCompile(`[_a-zA-Z][_a-zA-Z0-9]*`)

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
