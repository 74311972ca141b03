package caddymodule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// optionReference is one option of the Caddyfile. What it is in JSON is seen by
// leaving it out.
type optionReference struct {
	parent, word, example, fallback, doc string

	fields []string
}

func (o optionReference) path() string { return strings.TrimSpace(o.parent + " " + o.word) }

// where lists the members that the option sets.
func (o optionReference) where() string {
	return "`" + strings.Join(o.fields, "`, `") + "`"
}

// roots are the blocks that are ours; all options are below them.
var roots = []string{"runner", "runner_app", "runner_origin", "docker_runner"}

// addOptions takes each line of the whole Caddyfile out, with its block, and
// compares the JSON.
func (r *reference) addOptions() {
	r.t.Helper()
	lines := strings.Split(r.whole, "\n")
	full := r.leaves(r.whole)
	var parents []string
	for i, line := range lines {
		depth := len(line) - len(strings.TrimLeft(line, "\t"))
		parents = parents[:min(depth, len(parents))]
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "}" {
			continue
		}
		parent := ours(parents)
		parents = append(parents, words[0])
		if parent == "" {
			continue
		}
		o := optionReference{parent: parent, word: words[0], example: strings.TrimSuffix(strings.TrimSpace(line), " {")}
		end := i + 1
		if strings.HasSuffix(line, "{") {
			for !strings.HasPrefix(lines[end], strings.Repeat("\t", depth)+"}") {
				end++
			}
			end++
		}
		without := r.leaves(strings.Join(slices.Concat(lines[:i], lines[end:]), "\n"))
		if end > i+1 { // what is in the block has rows of its own
			alone := r.leaves(strings.Join(slices.Concat(lines[:i+1], lines[end-1:]), "\n"))
			if o.fields = changed(alone, without); len(o.fields) == 0 {
				o.fields = common(changed(full, without))
			}
		} else {
			o.fields = changed(full, without)
		}
		r.describe(&o)
		r.keep(o)
	}
}

// ours is the path of blocks that an option is in; "" where they are Caddy's.
func ours(parents []string) string {
	at := slices.IndexFunc(parents, func(word string) bool { return slices.Contains(roots, word) })
	if at < 0 {
		return ""
	}
	path := strings.Join(parents[at:], " ")
	if at > 0 && parents[at] == "runner" && parents[0] != "{" {
		return "site: " + path
	}
	return path
}

// keep adds an option; of one that stands there twice, the fields of both.
func (r *reference) keep(o optionReference) {
	at := slices.IndexFunc(r.options, func(other optionReference) bool { return other.parent == o.parent && other.word == o.word })
	if at < 0 {
		r.options = append(r.options, o)
		return
	}
	for _, field := range o.fields {
		if !slices.Contains(r.options[at].fields, field) {
			r.options[at].fields = append(r.options[at].fields, field)
		}
	}
}

// leaves are the values of the JSON by their path.
func (r *reference) leaves(caddyfile string) map[string]string {
	r.t.Helper()
	config, err := adaptText(caddyfile)
	require.NoError(r.t, err)
	var root any
	require.NoError(r.t, json.Unmarshal([]byte(config), &root))
	all := map[string]string{}
	collectLeaves(root, "", all)
	return all
}

// byName are the objects whose members the user names.
var byName = map[string]bool{".apps.runner.backends": true, ".apps.runner.extensions[].secrets": true, ".apps.runner.extensions[].config": true}

// collectLeaves names a handler's members by its module.
func collectLeaves(value any, path string, into map[string]string) {
	switch value := value.(type) {
	case map[string]any:
		if name, ok := value["handler"].(string); ok && strings.HasSuffix(path, ".handle[]") {
			path = "http.handlers." + name
		}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			at := path + "." + key
			if byName[path] {
				at = path + ".NAME"
			}
			collectLeaves(value[key], at, into)
		}
	case []any:
		for _, each := range value {
			collectLeaves(each, path+"[]", into)
		}
	default:
		into[path] += fmt.Sprintln(value)
	}
}

// changed are the paths whose values differ.
func changed(full, without map[string]string) []string {
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(full)) {
		if full[path] != without[path] && !strings.Contains(path, ".match[]") && !strings.HasSuffix(path, ".terminal") {
			if strings.HasPrefix(path, "http.handlers.") {
				path = strings.TrimSuffix(path, ".handler") // all of it
			}
			paths = append(paths, strings.TrimPrefix(path, ".apps."))
		}
	}
	return paths
}

// common is the object that holds all of the members.
func common(paths []string) []string {
	if len(paths) == 0 {
		return nil
	}
	prefix := strings.Split(paths[0], ".")
	for _, path := range paths[1:] {
		words := strings.Split(path, ".")
		for i, word := range prefix {
			if i >= len(words) || words[i] != word {
				prefix = prefix[:i]
				break
			}
		}
	}
	return []string{strings.Join(prefix, ".")}
}

// describe takes over what the field's comment says.
func (r *reference) describe(o *optionReference) {
	for _, m := range r.modules {
		if slices.Contains(o.fields, m.id) {
			o.doc, _, _ = strings.Cut(m.doc, ". ")
		}
		for _, f := range m.fields {
			for _, field := range o.fields {
				if o.doc == "" && strings.TrimSuffix(strings.TrimSuffix(field, "[]"), ".NAME") == m.id+"."+f.path {
					o.doc, o.fallback = f.doc, f.fallback
				}
			}
		}
	}
}

// blocks are the paths of blocks, in the order of the file.
func (r *reference) blocks() []string {
	var blocks []string
	for _, o := range r.options {
		if !slices.Contains(blocks, o.parent) {
			blocks = append(blocks, o.parent)
		}
	}
	return blocks
}

// blockWith is the block that has all of the words.
func (r *reference) blockWith(words []string) (string, bool) {
	for _, block := range r.blocks() {
		missing := slices.ContainsFunc(words, func(word string) bool {
			return !slices.ContainsFunc(r.options, func(o optionReference) bool { return o.parent == block && o.word == word })
		})
		if !missing {
			return block, true
		}
	}
	return "", false
}
