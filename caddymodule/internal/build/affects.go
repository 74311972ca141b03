package build

import (
	"path"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// uiFolder holds the UI, in the working tree as in the bundle.
const uiFolder = "ui"

// Effect is what a changed file calls for.
type Effect struct {
	Targets []event.Target // to build, UI first
	Publish bool           // the file itself is in the bundle
}

// Affects says what the change of a file calls for; name has slashes and is
// relative to the folder. Where esbuild makes a target, the files that the
// last build read decide (see [Plan.WithInputs]); a file that is read by
// nothing calls for nothing. A file that would be found instead of one that
// was read, as x.ts before x.js, is noticed with the next build only.
func (p Plan) Affects(name string) Effect {
	effect := Effect{Publish: p.published(name)}
	if p.written(name) || strings.Contains("/"+name, "/node_modules/") {
		return effect
	}
	for _, target := range []event.Target{event.UI, event.Handler} {
		if p.concerns(name, target) {
			effect.Targets = append(effect.Targets, p.maker(target))
		}
	}
	effect.Targets = slices.Compact(effect.Targets)
	return effect
}

// maker gives the target whose build makes the given one too.
func (p Plan) maker(target event.Target) event.Target {
	switch {
	case p.Step(target).Kind != Joint:
		return target
	case target == event.UI:
		return event.Handler
	}
	return event.UI
}

// published says that name is served from disk.
func (p Plan) published(name string) bool {
	switch {
	case name == "manifest.json":
		return true
	case name == "dist/main.wasm":
		return p.Handler.Kind == Plain || p.Handler.Kind == Bundled
	case strings.HasPrefix(name, uiFolder+"/"):
		return p.UI.Kind == Plain || (p.UI.Kind == Bundled && !isSource(name))
	}
	return false
}

func (p Plan) concerns(name string, target event.Target) bool {
	switch kind := p.Step(target).Kind; {
	case kind == Plain || name == "manifest.json":
		return false
	case isSettings(name):
		return true
	case p.inputs[target] != nil && kind == Bundled:
		return p.inputs[target][name] || (target == event.UI && mayNeedMaking(name))
	case target == event.UI:
		return p.mayBeUI(name)
	}
	return p.mayBeHandler(name)
}

// mayBeUI judges by the name alone. Where a command makes the UI, its sources
// may lie in any folder but the handler's.
func (p Plan) mayBeUI(name string) bool {
	if strings.HasPrefix(name, uiFolder+"/") {
		return true
	}
	return p.UI.Kind != Bundled && isMaterial(name) && !p.handlerOnly(name)
}

func (p Plan) mayBeHandler(name string) bool {
	if strings.HasPrefix(name, uiFolder+"/") {
		return false
	}
	if p.handlerOnly(name) || p.inputs[event.Handler][name] {
		return true
	}
	return p.Handler.Kind != Bundled && isMaterial(name) && p.UI.Kind != Run
}

// handlerOnly are the handler's own places: its entry, the interface it
// implements, and src/ when the entry is there or nowhere.
func (p Plan) handlerOnly(name string) bool {
	top, _, nested := strings.Cut(name, "/")
	if !nested {
		return name == p.HandlerEntry
	}
	inSrc := top == "src" && isMaterial(name) && (p.HandlerEntry == "" || strings.HasPrefix(p.HandlerEntry, "src/"))
	return inSrc || top == "wit"
}

// mayNeedMaking says that a file of the UI which was left as it is may not be
// left so any more: a page names another source, a script imports a package.
func mayNeedMaking(name string) bool {
	return strings.HasPrefix(name, uiFolder+"/") && slices.Contains([]string{".html", ".js", ".css"}, path.Ext(name))
}

func isPage(name string) bool {
	return path.Ext(name) == ".html" && strings.HasPrefix(name, uiFolder+"/")
}

// isSource says that browsers cannot load name as it is.
func isSource(name string) bool {
	switch path.Ext(name) {
	case ".ts", ".tsx", ".jsx", ".mts", ".cts":
		return true
	}
	return false
}

// isMaterial leaves out what only people and other tools read.
func isMaterial(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".txt", ".lock", ".log", ".yml", ".yaml", "":
		return false
	}
	return !strings.HasPrefix(path.Base(name), ".")
}
