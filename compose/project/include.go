package project

import (
	"path/filepath"

	"go.yaml.in/yaml/v4"
)

// includes are the files that u includes.
func (s *sources) includes(u unit) []unit {
	var list []unit
	for _, doc := range s.read(u.file) {
		include := find(doc, []string{"include"})
		if include.depth == 0 || include.value.Kind != yaml.SequenceNode {
			continue
		}
		for _, item := range include.value.Content {
			list = append(list, s.included(u, item)...)
		}
	}
	return list
}

// included reads one item of include: a path, or a mapping with one or more.
func (s *sources) included(u unit, item *yaml.Node) []unit {
	paths := scalars(item)
	base := ""
	if item.Kind == yaml.MappingNode {
		paths = scalars(find(item, []string{"path"}).value)
		if dir := find(item, []string{"project_directory"}); dir.depth == 1 {
			base = s.resolve(u.base, dir.value.Value)
		}
	}
	list := make([]unit, 0, len(paths))
	for _, path := range paths {
		file := s.resolve(u.base, path)
		if base == "" {
			base = filepath.Dir(file)
		}
		list = append(list, unit{file, base})
	}
	return list
}
