package engine

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// reported is how many events may wait for the log.
const reported = 1024

// logEvents writes down what happens in the change loops until ctx ends.
func (e *Engine) logEvents(news *event.Subscription) func(context.Context) {
	return func(ctx context.Context) {
		defer news.Close()
		for {
			select {
			case <-ctx.Done():
				return
			case one, more := <-news.Events():
				if !more {
					return
				}
				e.logEvent(one)
			}
		}
	}
}

func (e *Engine) logEvent(one event.Event) {
	switch v := one.(type) {
	case event.BuildStarted:
		e.log.Debug("building", "extension", v.Extension, "target", v.Target, "build_number", v.Number, "changed", first(v.Changed))
	case event.BuildOutput:
		e.log.Debug(v.Line, "extension", v.Extension, "target", v.Target, "build_number", v.Number)
	case event.BuildFailed:
		for _, p := range v.Problems {
			e.log.Warn("build failed: "+p.String(), "extension", v.Extension, "target", v.Target, "code", p.Code, "fix", p.Fix)
		}
	case event.Published:
		e.logPublished(v)
		for _, p := range v.Warnings {
			e.log.Warn("production would refuse: "+p.String(), "extension", v.Extension, "code", p.Code, "fix", p.Fix)
		}
	case event.Trapped:
		e.log.Warn("handler ended early: "+v.Problem.String(), "extension", v.Extension, "build", v.Build, "request_id", v.RequestID)
	case event.Console:
		e.log.Warn("browser: "+v.Message, "extension", v.Extension, "level", v.Level, "source", v.Source)
	}
}

// logPublished is quiet about what nobody saved: the first build of all.
func (e *Engine) logPublished(v event.Published) {
	fields := []any{"extension", v.Extension, "build", v.Build, "changed", first(v.Changed)}
	if v.SavedAt.IsZero() {
		e.log.Debug("published", fields...)
		return
	}
	e.log.Info("published", append(fields, "ms", v.At.Sub(v.SavedAt).Round(100*time.Microsecond).Seconds()*1000)...)
}

// first keeps a line readable when a checkout changes ten thousand files.
func first(names []string) []string { return names[:min(len(names), 5)] }
