package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// reported is how many events may wait for the log.
const reported = 1024

// reporter writes down what happens in the change loops.
type reporter struct {
	*Engine
	warned map[string][]string  // by extension: what its last build was warned of
	told   map[string]time.Time // by extension and target: when the failure was that stands
	past   map[string]string    // by extension: the earlier build that answers
}

// logEvents writes down events until ctx ends.
func (e *Engine) logEvents(news *event.Subscription) func(context.Context) {
	r := &reporter{e, map[string][]string{}, map[string]time.Time{}, map[string]string{}}
	return func(ctx context.Context) { news.Each(ctx, r.write) }
}

func (r *reporter) write(one event.Event) {
	switch v := one.(type) {
	case event.BuildStarted:
		r.log.Debug("building", "extension", v.Extension, "target", v.Target, "build_number", v.Number, "changed", first(v.Changed))
	case event.BuildOutput:
		r.log.Debug(v.Line, "extension", v.Extension, "target", v.Target, "build_number", v.Number)
	case event.BuildFailed:
		r.failed(v)
	case event.Published:
		r.look() // which says that a folder is in order again
		r.published(v)
		r.warnings(v)
	case event.Trapped:
		r.problem("the handler ended early: ", v.Extension, v.Problem, "build", v.Build, "request_id", v.RequestID)
	case event.Console:
		r.log.Warn("browser: "+v.Message, "extension", v.Extension, "level", v.Level, "source", v.Source)
	}
}

func (r *reporter) failed(v event.BuildFailed) {
	if v.Target == event.Manifest {
		r.look() // which reports it once, until it is in order again
		return
	}
	key := v.Extension + " " + string(v.Target)
	if r.told[key].Equal(v.At) {
		return // told again, for pages that forget
	}
	r.told[key] = v.At
	for _, p := range v.Problems {
		r.problem("", v.Extension, p, "target", v.Target, "code", p.Code)
	}
}

// problem writes down a problem with its place, code frame and fix.
func (r *reporter) problem(what, extension string, p event.Problem, fields ...any) {
	fields = append([]any{"extension", extension}, fields...)
	for _, more := range []struct{ name, value string }{{"frame", p.Frame}, {"fix", p.Fix}} {
		if more.value != "" {
			fields = append(fields, more.name, more.value)
		}
	}
	p.File = r.shown(extension, p.File)
	r.log.Warn(what+p.String(), fields...)
}

// shown is a file of an extension as a person in the working directory would
// name it.
func (r *reporter) shown(extension, file string) string {
	dir, known := r.folder(extension)
	if file == "" || !known {
		return file
	}
	path := filepath.FromSlash(file)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return shortened(path)
}

// shortened is a path as seen from the working directory, if that is shorter.
func shortened(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && len(short) < len(path) {
		return short
	}
	return path
}

// published is quiet about what nobody saved: the first build of all.
func (r *reporter) published(v event.Published) {
	fields := []any{"extension", v.Extension, "build", v.Build, "changed", first(v.Changed)}
	before := r.past[v.Extension]
	delete(r.past, v.Extension)
	if v.Earlier {
		r.past[v.Extension] = v.Build
	}
	switch {
	case v.Earlier && before == v.Build: // told again
	case v.Earlier:
		r.log.Info(fmt.Sprintf("serving the earlier build %s, not the working tree; a save or 'devproxy use-build --latest' returns", v.Build), fields...)
		return
	case before != "" && v.SavedAt.IsZero():
		r.log.Info(fmt.Sprintf("serving the working tree again: build %s", v.Build), fields...)
		return
	}
	if v.SavedAt.IsZero() {
		r.log.Debug("published "+v.Build, fields...)
		return
	}
	took := float64(v.At.Sub(v.SavedAt).Round(100*time.Microsecond).Microseconds()) / 1000
	names := v.Saved // a developer knows what they saved better than what was made of it
	if len(names) == 0 {
		names = v.Changed
	}
	message := fmt.Sprintf("published %s in %v ms: %s", v.Build, took, summary(names))
	if len(v.Changed) == 0 {
		message = fmt.Sprintf("unchanged, build %s goes on", v.Build)
	}
	r.log.Info(message, append(fields, "ms", took, "saved", first(v.Saved))...)
}

// warnings says what is new: the next save brings all of them again.
func (r *reporter) warnings(v event.Published) {
	var now []string
	for _, p := range v.Warnings {
		text := p.Code + p.Message
		if now = append(now, text); !slices.Contains(r.warned[v.Extension], text) {
			r.problem("not in production: ", v.Extension, p, "code", p.Code)
		}
	}
	r.warned[v.Extension] = now
}

// named is how many changed files a line names.
const named = 5

// first keeps a line readable when a checkout changes ten thousand files.
func first(names []string) []string { return names[:min(len(names), named)] }

func summary(names []string) string {
	text := strings.Join(first(names), ", ")
	if more := len(names) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
