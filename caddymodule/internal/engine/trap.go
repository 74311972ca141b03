package engine

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
	"github.com/same-origin/devproxy/compose/expression"
)

// codeTrapped: a handler ended without an answer.
const codeTrapped = "handler_trapped"

// Trapped tells pages and people of a handler that ended without an answer.
// message is the runner's; it comes back with the places of the handler's
// bundle translated into those of the developer's files.
func (e *Engine) Trapped(i Installation, requestID, message string) string {
	for _, l := range e.loaded() {
		state := l.loop.State()
		if state.Extension == nil || state.Extension.ID != i.ID {
			continue
		}
		p := trapProblem(l.dir, state.SourceMap, message)
		e.bus.Publish(event.Trapped{Extension: i.ID, Build: i.Build, RequestID: requestID, Problem: p, At: time.Now()})
		return p.Message
	}
	return message
}

// Mapped is what Trapped gives, and tells nobody.
func (e *Engine) Mapped(i Installation, message string) string {
	for _, l := range e.loaded() {
		if state := l.loop.State(); state.Extension != nil && state.Extension.ID == i.ID {
			return trapProblem(l.dir, state.SourceMap, message).Message
		}
	}
	return message
}

// inScript is a place in the handler's bundle as stack traces have it.
var inScript = expression.WhenNeeded(`\b` + regexp.QuoteMeta(path.Base(extension.SourceFile)) + `:(\d+):(\d+)`)

func trapProblem(dir string, sourceMap []byte, message string) event.Problem {
	p := event.Problem{Code: codeTrapped, Message: message}
	if sourceMap == nil {
		return p
	}
	p.Message = source.MapStack(sourceMap, path.Base(extension.SourceFile), message)
	// relative to dist/, where the bundle would be
	p.Message = strings.ReplaceAll(p.Message, "@../", "@")
	if at := inScript().FindStringSubmatch(message); at != nil {
		line, _ := strconv.Atoi(at[1])
		column, _ := strconv.Atoi(at[2])
		return placed(p, dir, sourceMap, line, column)
	}
	return p
}
