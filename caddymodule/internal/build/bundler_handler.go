package build

import (
	"context"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func (b *Bundler) buildHandler(ctx context.Context) Result {
	if !isFile(b.plan.Dir, b.plan.HandlerEntry) {
		return failed(event.Problem{Code: CodeNoEntry, File: b.plan.HandlerEntry,
			Message: "there is no source of a handler",
			Fix:     "write src/handler.ts, or name the file with `handler` in the extension block of the Caddyfile"})
	}
	if len(b.bundles) == 0 {
		if problems := b.open(handlerOptions(b.plan.Dir, b.plan.HandlerEntry)); problems != nil {
			return Result{Problems: problems}
		}
	}
	made := b.rebuild(ctx)
	result := made.result()
	if result.OK() {
		mapped := handlerOutput + ".map"
		result.SourceMap = result.Files[mapped]
		delete(result.Files, mapped)
	}
	return result
}
