package project

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// circles finds aliases of a node within that node. They describe a tree
// without end, and compose-go would walk a long way into it before it stops.
func (s *sources) circles() (problems []Problem) {
	for _, u := range s.units {
		for _, doc := range s.read(u.file) {
			alias := innerAlias(doc, nil)
			if alias == nil {
				continue
			}
			p := s.problem(place{hit: hit{at: alias}, file: u.file}, CodeSyntax)
			p.Message = "*" + alias.Value + " stands within what it repeats"
			p.Fix = "write out what is meant"
			problems = append(problems, p)
		}
	}
	return problems
}

// innerAlias is the first alias below n of a node that it is in. An alias
// names a node that began before it, so there are no other circles.
func innerAlias(n *yaml.Node, around []*yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		if slices.Contains(around, n.Alias) {
			return n
		}
		return nil
	}
	if n.Anchor != "" {
		around = append(around[:len(around):len(around)], n)
	}
	for _, below := range n.Content {
		if alias := innerAlias(below, around); alias != nil {
			return alias
		}
	}
	return nil
}
