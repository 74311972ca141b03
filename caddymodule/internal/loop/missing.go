package loop

import (
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// missing says why the extension has endpoints and nothing that answers them,
// and what to do: devproxy builds handlers itself, so something keeps it from
// that.
func (l *Loop) missing() runnerstatus.Handler {
	h := runnerstatus.Handler{Status: "missing"}
	step := l.plan.Step(event.Handler)
	_, failed := l.failures[event.Handler]
	switch install := build.Install(l.dir); {
	case install != "":
		h.Message = "its npm packages are not installed, so it cannot be built"
		h.Fix = fmt.Sprintf("run `%s` in %s, then `devproxy build`", install, l.dir)
	case l.opts.Build.Off:
		h.Message = l.nothingAnswers() + ", and `build off` keeps devproxy from making it"
		h.Fix = "build it yourself, or take `build off` out of the extension's block"
	case failed:
		h.Message = "the handler could not be built"
		h.Fix = "mend what 'devproxy status' lists as its problem"
	case l.mode == modeSource:
		h.Message = fmt.Sprintf("the handler is not built from %s yet", l.plan.HandlerEntry)
		h.Fix = "wait for that"
	case step.Kind == build.Run:
		h.Message = fmt.Sprintf("%s, and `%s` has not made it yet", l.nothingAnswers(), step.Command)
		h.Fix = "wait for that, or see with 'devproxy build' what it says"
	case l.plan.HandlerEntry == "":
		h.Message = l.nothingAnswers() + ", and there is no source to make it from"
		h.Fix = "write src/handler.ts, or name the source with `handler FILE` in the extension's block"
	case l.sourceFault != nil:
		h.Message = fmt.Sprintf("%s does not run from there: %s", l.plan.HandlerEntry, l.sourceFault)
		h.Fix = "mend that; a script `build` in package.json that makes dist/main.wasm works, too"
	default:
		h.Message = fmt.Sprintf("%s, and nothing makes it from %s", l.nothingAnswers(), l.plan.HandlerEntry)
		h.Fix = "write a script `build` into package.json that makes it, with componentize-js"
	}
	return h
}

func (l *Loop) nothingAnswers() string {
	return "dist/main.wasm does not exist in " + l.dir
}
