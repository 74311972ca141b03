package project

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/same-origin/devproxy/compose/spelling"
)

// unknownKeys finds the keys that neither the specification nor our extension
// has, in everything that makes up the project. compose-go reports one of them
// at most, and not what was meant.
func (s *sources) unknownKeys() []Problem {
	w := &keyWalk{sources: s, budget: findBudget, seen: map[string]bool{}}
	for _, u := range s.units {
		for _, doc := range s.read(u.file) {
			w.file = u.file
			w.walk(doc, specification(), nil)
			w.bases(u, find(doc, []string{"services"}).value, 0)
		}
	}
	return w.problems
}

type keyWalk struct {
	*sources
	file     string
	budget   int
	seen     map[string]bool
	problems []Problem
}

func (w *keyWalk) walk(n *yaml.Node, known *shape, path []string) {
	w.budget--
	if n == nil || known == nil || w.budget < 0 {
		return
	}
	switch n.Kind {
	case yaml.DocumentNode:
		for _, root := range n.Content {
			w.walk(root, known, path)
		}
	case yaml.AliasNode:
		w.walk(n.Alias, known, path)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			w.walk(item, known.item, append(path[:len(path):len(path)], anyItem))
		}
	case yaml.MappingNode:
		w.mapping(n, known, path)
	}
}

func (w *keyWalk) mapping(n *yaml.Node, known *shape, path []string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Value == "<<" {
			w.merged(value, known, path)
			continue
		}
		below := append(path[:len(path):len(path)], key.Value)
		next := known.below(key.Value)
		free := known.named == nil || strings.HasPrefix(key.Value, "x-")
		if next == nil && !free {
			w.report(key, known.keys(), below)
		}
		w.walk(value, next, below)
	}
}

func (w *keyWalk) merged(value *yaml.Node, known *shape, path []string) {
	if value.Kind != yaml.SequenceNode {
		w.walk(value, known, path)
		return
	}
	for _, item := range value.Content {
		w.walk(item, known, path)
	}
}

// bases walks the services of other files that these services extend.
func (w *keyWalk) bases(u unit, services *yaml.Node, hops int) {
	if services == nil || services.Kind != yaml.MappingNode || hops > maxHops {
		return
	}
	for i := 0; i+1 < len(services.Content); i += 2 {
		base, ref, ok := w.extended(u, services.Content[i].Value)
		if !ok || base.file == u.file {
			continue
		}
		for _, doc := range w.read(base.file) {
			at := find(doc, []string{"services", ref})
			if at.depth != 2 || w.seen[base.file+"\x00"+ref] {
				continue
			}
			w.seen[base.file+"\x00"+ref] = true
			w.file = base.file
			w.walk(at.value, specification().at("services.*"), []string{"services", ref})
			w.bases(base, find(doc, []string{"services"}).value, hops+1)
			w.file = u.file
		}
	}
}

func (w *keyWalk) report(key *yaml.Node, known []string, path []string) {
	id := fmt.Sprint(w.file, ":", key.Line, ":", key.Column)
	if w.seen[id] {
		return
	}
	w.seen[id] = true
	p := w.problem(place{hit: hit{at: key}, file: w.file, parts: path}, CodeUnknownKey)
	p.Message = fmt.Sprintf("unknown key %q", key.Value)
	if len(path) > 2 && p.Service == "" || len(path) > 3 {
		p.Message += fmt.Sprintf(" in %q", path[len(path)-2])
	}
	p.Fix = didYouMean(key.Value, known)
	w.problems = append(w.problems, p)
}

// didYouMean names the known word closest to word; else says what to do.
func didYouMean(word string, known []string) string {
	if near := spelling.Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) <= 8 && len(known) > 0 {
		return "known here: " + strings.Join(known, ", ")
	}
	return "remove it, or prefix it with \"x-\" if it is meant for another tool"
}
