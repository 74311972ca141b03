package engine

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/compose/expression"
)

// importing is an import that a bundler leaves in a handler's script: its
// names, and the interface.
var importing = expression.WhenNeeded(`(?m)(?:^|;)(?:import|export)\b\s*([^"';]*?)\s*(?:from\s*)?["'][\w-]+:[\w-]+/([\w-]+)(?:@[^"']*)?["']`)

// narrowed gives the part of imports that a handler's script imports by name. A
// JavaScript engine brings the whole world into each component, so what the
// component imports tells nothing of the handler.
func narrowed(imports []guest.Import, script []byte) []guest.Import {
	return slices.DeleteFunc(slices.Clone(imports), func(i guest.Import) bool {
		for _, found := range importing().FindAllSubmatch(script, -1) {
			if string(found[2]) == i.Interface && names(string(found[1]), i.Function) {
				return false
			}
		}
		return true
	})
}

// names says whether the clause of an import, such as `{ getClient as get }`,
// brings in a function; one for a whole interface brings in all.
func names(clause, function string) bool {
	list, braced := strings.CutPrefix(clause, "{")
	if !braced {
		return clause != ""
	}
	for one := range strings.SplitSeq(strings.TrimSuffix(list, "}"), ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(one), " ")
		if kebab(name) == function {
			return true
		}
	}
	return false
}

// kebab gives "get-client" for "getClient".
func kebab(name string) string {
	var b strings.Builder
	for _, c := range name {
		if unicode.IsUpper(c) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// calls is what the handler of a candidate that is built can call, as far as
// its source tells; nil when that is not known.
func (l *loaded) calls(ctx context.Context, imports []guest.Import) []guest.Import {
	switch script, has := l.scriptOf(ctx); {
	case script != nil:
		return narrowed(imports, script)
	case has: // what is broken does not say what the artefact of an earlier save calls
		return nil
	}
	return imports
}

// scriptOf bundles the source of a handler that runs as a component; nil when
// there is none, or it does not build. has tells these two apart.
func (l *loaded) scriptOf(ctx context.Context) (script []byte, has bool) {
	plan, err := build.Detect(l.dir, l.settings.Loop.Build)
	if err != nil || plan.HandlerEntry == "" {
		return nil, false
	}
	bundler := build.NewBundler(plan, event.Handler)
	defer bundler.Close()
	return bundler.Build(ctx).Files[extension.SourceFile], true
}
