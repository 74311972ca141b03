package project

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// verdict is what becomes of a key that the lifecycle does not carry out.
type verdict int

const (
	// ignored: the service runs without it, and the person is told.
	ignored verdict = iota + 1
	// refused: without it the service would be another one.
	refused
)

// rule is one line of the table of what devproxy does not carry out.
type rule struct {
	verdict verdict
	why     string
	fix     string
	// only limits the rule to some values; nil is all.
	only func(value any) bool
}

// supportTable is the shape of everything that is known, with the rules at
// their paths. A key that it does not have is new in the specification.
var supportTable = sync.OnceValue(func() *shape {
	root := &shape{}
	for _, path := range strings.Fields(supportedKeys) {
		root.at(path)
	}
	for path, r := range unsupportedKeys {
		root.at(path).rule = &r
	}
	return root
})

// supportWalk applies the table to the merged model of the enabled services.
type supportWalk struct {
	sources  *sources
	errors   []Problem
	warnings []Problem
}

func (w *supportWalk) walk(value any, known *shape, path []string) {
	if known != nil && known.rule != nil && (known.rule.only == nil || known.rule.only(value)) {
		w.report(*known.rule, path)
		return
	}
	if known == nil || known.named == nil && known.any == nil && known.item == nil {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		w.mapping(v, known, path)
	case []any:
		for _, item := range v {
			w.walk(item, known.item, append(path[:len(path):len(path)], anyItem))
		}
	}
}

func (w *supportWalk) mapping(m map[string]any, known *shape, path []string) {
	for _, key := range sortedKeys(m) {
		if strings.HasPrefix(key, "x-") {
			continue
		}
		below := append(path[:len(path):len(path)], key)
		next := known.below(key)
		if next == nil && (known.named != nil || known.any != nil) {
			w.report(rule{verdict: ignored, why: "is newer than this devproxy"}, below)
		}
		w.walk(m[key], next, below)
	}
}

// report leaves out ignored keys that nobody wrote: compose-go fills in defaults.
func (w *supportWalk) report(r rule, path []string) {
	at := w.sources.locateParts(path)
	if r.verdict == ignored && !at.complete() {
		return
	}
	p := w.sources.problem(at, CodeUnsupported)
	p.Fix = r.fix
	if r.verdict == ignored {
		p.Message = fmt.Sprintf("%q is ignored: it %s", p.Key, r.why)
		w.warnings = append(w.warnings, p)
		return
	}
	p.Message = fmt.Sprintf("%q is not supported: it %s", p.Key, r.why)
	w.errors = append(w.errors, p)
}

// support says what of the model is refused and what is ignored. Services that
// no profile enables are left out: they do not run.
func support(s *sources, model map[string]any, enabled func(service string) bool) *supportWalk {
	w := &supportWalk{sources: s}
	services, _ := model["services"].(map[string]any)
	rest := map[string]any{}
	for key, value := range model {
		if key != "services" {
			rest[key] = value
		}
	}
	for _, name := range sortedKeys(services) {
		if enabled(name) {
			w.walk(services[name], supportTable().at("services.*"), []string{"services", name})
		}
	}
	w.mapping(rest, supportTable(), nil)
	return w
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
