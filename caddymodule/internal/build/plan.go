package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Kind is the way a target is made.
type Kind int

// The ways, from the least work to the most.
const (
	// Plain: the files on disk are served as they are.
	Plain Kind = iota
	// Bundled: esbuild makes the target in process, see [Bundler].
	Bundled
	// Joint: the other target's command makes this one too.
	Joint
	// Run: a command of the developer makes the target.
	Run
)

// Step says how one target is made.
type Step struct {
	Kind    Kind
	Command Command // for Run
	Why     string  // where that was found, such as "package.json, script build:ui"
}

// Plan says how the targets of one extension are made. It is a value: what is
// learnt later gives a new Plan.
type Plan struct {
	Dir     string // the extension's folder, absolute, without symbolic links
	UI      Step
	Handler Step
	// HandlerEntry is the handler's source, with slashes, relative to Dir, or
	// "". It is known for a Handler made by a command as well, so that the
	// caller may bundle it in process instead.
	HandlerEntry string
	// Outputs are the paths below Dir that the commands write, with slashes; a
	// folder ends in one.
	Outputs []string

	inputs map[event.Target]map[string]bool
}

// Step gives the step of target.
func (p Plan) Step(target event.Target) Step {
	if target == event.UI {
		return p.UI
	}
	return p.Handler
}

// Targets gives the targets that a build makes; a Joint one is left out, as
// the other's command makes it.
func (p Plan) Targets() (targets []event.Target) {
	for _, target := range []event.Target{event.UI, event.Handler} {
		if kind := p.Step(target).Kind; kind == Bundled || kind == Run {
			targets = append(targets, target)
		}
	}
	return targets
}

// Ignore gives what a watcher of Dir must leave out, in the syntax of
// .gitignore: what the commands write, or each build would start the next.
func (p Plan) Ignore() []string {
	patterns := []string{"node_modules/"}
	for _, output := range p.Outputs {
		patterns = append(patterns, "/"+output)
	}
	return patterns
}

// Describe gives one line for a person:
// "ui: esbuild, handler: npm run -s build (package.json, script build)".
func (p Plan) Describe() string {
	return "ui: " + p.UI.describe() + ", handler: " + p.Handler.describe()
}

// DescribeSource is Describe for a handler that runs from its source: no
// command makes it, whatever package.json has.
// "ui: esbuild, handler: src/handler.ts, run from source (npm run -s build only for runners that need dist/main.wasm)".
func (p Plan) DescribeSource() string {
	handler := p.HandlerEntry + ", run from source"
	if p.Handler.Kind == Run {
		handler = withReason(handler, p.Handler.Command.String()+" only for runners that need dist/main.wasm")
	}
	return "ui: " + p.UI.describe() + ", handler: " + handler
}

func (s Step) describe() string {
	switch s.Kind {
	case Bundled:
		return withReason("esbuild", s.Why)
	case Joint:
		return "by the same command"
	case Run:
		return withReason(s.Command.String(), s.Why)
	}
	return withReason("as it is", s.Why)
}

func withReason(what, why string) string {
	if why == "" {
		return what
	}
	return fmt.Sprintf("%s (%s)", what, why)
}

// written says that path lies in what the commands write.
func (p Plan) written(path string) bool {
	return slices.ContainsFunc(p.Outputs, func(output string) bool {
		return path == strings.TrimSuffix(output, "/") ||
			strings.HasPrefix(path, strings.TrimSuffix(output, "/")+"/")
	})
}
