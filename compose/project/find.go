package project

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// anyItem in a path stands for whichever item of a list fits the rest best:
// compose-go names lists without saying which item it means.
const anyItem = "[]"

// finder looks paths up in YAML nodes. The budget bounds the work: aliases and
// merge keys let a small file describe a huge or even an endless tree.
type finder struct{ budget int }

const findBudget = 20_000

// hit is the deepest node found on the way along a path.
type hit struct {
	// at is where a reader should look: the key, or the item of a list.
	at *yaml.Node
	// value is what stands there.
	value *yaml.Node
	// depth is how many parts of the path were found.
	depth int
}

func find(root *yaml.Node, parts []string) hit {
	f := finder{budget: findBudget}
	return f.find(hit{at: root, value: root}, parts)
}

// find goes from where h stands; the depth of the answer counts from there too.
func (f *finder) find(from hit, parts []string) hit {
	f.budget--
	if len(parts) == 0 || f.budget < 0 || from.value == nil {
		return from
	}
	switch from.value.Kind {
	case yaml.DocumentNode:
		if len(from.value.Content) > 0 {
			root := from.value.Content[0]
			return f.find(hit{at: root, value: root, depth: from.depth}, parts)
		}
	case yaml.AliasNode:
		return f.find(hit{at: from.at, value: from.value.Alias, depth: from.depth}, parts)
	case yaml.MappingNode:
		return f.inMapping(from, parts)
	case yaml.SequenceNode:
		return f.inSequence(from, parts)
	}
	return from
}

// inMapping also tries keys with dots in them, such as labels have.
func (f *finder) inMapping(from hit, parts []string) hit {
	best := from
	var merged []*yaml.Node
	for i := 0; i+1 < len(from.value.Content); i += 2 {
		key, value := from.value.Content[i], from.value.Content[i+1]
		if key.Value == "<<" {
			merged = append(merged, value)
			continue
		}
		if n := spelt(key.Value, parts); n > 0 {
			best = deeper(best, f.find(hit{at: key, value: value, depth: from.depth + n}, parts[n:]))
		}
	}
	if best.depth > from.depth {
		return best
	}
	for _, value := range merged {
		best = deeper(best, f.inMerged(from, value, parts))
	}
	return best
}

// spelt is how many parts, with dots between them, spell the key; 0 when none do.
func spelt(key string, parts []string) int {
	for n, part := range parts {
		rest, ok := strings.CutPrefix(key, part)
		switch {
		case !ok:
			return 0
		case rest == "":
			return n + 1
		case rest[0] != '.':
			return 0
		}
		key = rest[1:]
	}
	return 0
}

// inMerged follows `<<: *base` and `<<: [*one, *two]`.
func (f *finder) inMerged(from hit, value *yaml.Node, parts []string) hit {
	if value.Kind != yaml.SequenceNode {
		return f.find(hit{at: from.at, value: value, depth: from.depth}, parts)
	}
	best := from
	for _, item := range value.Content {
		best = deeper(best, f.find(hit{at: from.at, value: item, depth: from.depth}, parts))
	}
	return best
}

func (f *finder) inSequence(from hit, parts []string) hit {
	items := from.value.Content
	if i, err := strconv.Atoi(parts[0]); err == nil && i >= 0 && i < len(items) {
		return f.find(hit{at: items[i], value: items[i], depth: from.depth + 1}, parts[1:])
	}
	best := from
	for _, item := range items {
		switch {
		case parts[0] == anyItem:
			best = deeper(best, f.find(hit{at: item, value: item, depth: from.depth + 1}, parts[1:]))
		case names(item, parts[0]):
			best = deeper(best, hit{at: item, value: item, depth: from.depth + 1})
		}
	}
	return best
}

// names says whether the item of a list speaks of name: "data", "data:/path",
// "NAME=value" or {source: data}.
func names(item *yaml.Node, name string) bool {
	if item.Kind == yaml.MappingNode {
		return slices.ContainsFunc(item.Content, func(n *yaml.Node) bool { return n.Value == name })
	}
	rest, ok := strings.CutPrefix(item.Value, name)
	return ok && (rest == "" || rest[0] == ':' || rest[0] == '=')
}

func deeper(a, b hit) hit {
	if b.depth > a.depth {
		return b
	}
	return a
}

// pathOf splits the ways compose-go writes a path: services.web.ports.[0],
// services[web].mem_limit, services.web.ports.[].target.
func pathOf(text string) []string {
	text = strings.ReplaceAll(text, "[]", ".\x00.")
	text = strings.NewReplacer("[", ".", "]", ".").Replace(text)
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '.' })
	for i, part := range parts {
		if part == "\x00" {
			parts[i] = anyItem
		}
	}
	return parts
}
