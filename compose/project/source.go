package project

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"
)

// sources are the compose files of a project as YAML nodes.
type sources struct {
	// dir is where the person works; files are shown relative to it.
	dir string
	env types.Mapping
	// main is the first compose file: what has no better place is said of it.
	main string
	// units are the compose files given, and what they include, the ones that
	// override the others first.
	units []unit
	docs  map[string][]*yaml.Node
}

// unit is a compose file and the folder its references are relative to.
type unit struct{ file, base string }

// maxHops ends circles of extends and include.
const maxHops = 32

func newSources(dir, projectDir string, files []string, env types.Mapping) *sources {
	s := &sources{dir: dir, env: env, main: files[0], docs: map[string][]*yaml.Node{}}
	for i := len(files) - 1; i >= 0; i-- {
		s.units = append(s.units, unit{files[i], projectDir})
	}
	for i := 0; i < len(s.units); i++ {
		for _, included := range s.includes(s.units[i]) {
			s.add(included)
		}
	}
	return s
}

func (s *sources) add(u unit) {
	for _, known := range s.units {
		if known.file == u.file {
			return
		}
	}
	s.units = append(s.units, u)
}

// read parses the file once. What comes after a syntax error is left out:
// compose-go reports the error.
func (s *sources) read(file string) []*yaml.Node {
	if docs, ok := s.docs[file]; ok {
		return docs
	}
	s.docs[file] = nil
	content, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	s.docs[file] = parse(content)
	return s.docs[file]
}

func parse(content []byte) []*yaml.Node {
	var docs []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var doc yaml.Node
		if err := decoder.Decode(&doc); err != nil {
			return docs
		}
		docs = append(docs, &doc)
	}
}

// scalars are the texts of a node that is one, or a list of them.
func scalars(n *yaml.Node) []string {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}
	case n.Kind == yaml.AliasNode && n.Alias.Kind == yaml.ScalarNode:
		return []string{n.Alias.Value}
	case n.Kind != yaml.SequenceNode:
		return nil
	}
	var list []string
	for _, item := range n.Content {
		if item.Kind == yaml.ScalarNode {
			list = append(list, item.Value)
		}
	}
	return list
}

// resolve makes the path absolute, its variables replaced.
func (s *sources) resolve(base, path string) string {
	path = s.substitute(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// substitute replaces variables; a text that cannot be is left as it stands,
// since compose-go reports why.
func (s *sources) substitute(text string) string { return substitute(text, s.env) }

func substitute(text string, env types.Mapping) string {
	value, err := new(variables).substitute(text, env.Resolve)
	if err != nil {
		return text
	}
	return value
}
