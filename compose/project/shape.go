package project

import (
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/schema"
)

// shape is a tree of attribute paths: "*" stands for a name of the user's own,
// "[]" for the items of a list.
type shape struct {
	named map[string]*shape
	// any is below a name of the user's own.
	any *shape
	// item is below a list.
	item *shape
	// rule is what the support table says; nil in the schema's shape.
	rule *rule
}

// at is the shape at the path, grown where it was not there.
func (s *shape) at(path string) *shape {
	for _, part := range strings.Split(path, ".") {
		s = s.grow(part)
	}
	return s
}

func (s *shape) grow(part string) *shape {
	switch part {
	case "*":
		if s.any == nil {
			s.any = &shape{}
		}
		return s.any
	case anyItem:
		if s.item == nil {
			s.item = &shape{}
		}
		return s.item
	}
	if s.named == nil {
		s.named = map[string]*shape{}
	}
	if s.named[part] == nil {
		s.named[part] = &shape{}
	}
	return s.named[part]
}

// below is the shape of the key of a mapping, nil when there is none.
func (s *shape) below(key string) *shape {
	if child := s.named[key]; child != nil {
		return child
	}
	return s.any
}

func (s *shape) keys() []string {
	keys := make([]string, 0, len(s.named))
	for key := range s.named {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// specification is the shape of the compose specification, with our extension.
var specification = sync.OnceValue(func() *shape {
	root := &shape{}
	for _, path := range schema.AttributePaths() {
		root.at(string(path))
	}
	for _, key := range sortedKeys(extensionKeys) {
		root.at("services.*." + ExtensionName + "." + key)
	}
	return root
})
