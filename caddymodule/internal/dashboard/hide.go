package dashboard

import (
	"fmt"
	"log/slog"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// HiddenProblem is p without secrets: a command may print one, a handler throw
// one, and a frame is source.
func (b *Board) HiddenProblem(p event.Problem) event.Problem {
	p.Message, p.Frame, p.Fix = b.Hidden(p.Message), b.Hidden(p.Frame), b.Hidden(p.Fix)
	return p
}

// hide is r without secrets.
func (b *Board) hide(r slog.Record) slog.Record {
	var attrs []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	clean := slog.NewRecord(r.Time, r.Level, b.Hidden(r.Message), r.PC)
	clean.AddAttrs(b.hideAttrs(attrs)...)
	return clean
}

// hideAttrs leaves what holds no secret as it is: a number stays one.
func (b *Board) hideAttrs(attrs []slog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = a
		value := a.Value.Resolve()
		if value.Kind() == slog.KindGroup {
			out[i].Value = slog.GroupValue(b.hideAttrs(value.Group())...)
			continue
		}
		if value.Kind() != slog.KindString && value.Kind() != slog.KindAny {
			continue
		}
		text := fmt.Sprint(value.Any())
		if hidden := b.Hidden(text); hidden != text {
			out[i].Value = slog.StringValue(hidden)
		}
	}
	return out
}
