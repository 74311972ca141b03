package engine

import (
	"context"
	"log/slog"
)

// unselected is a handler whose records are for debugging while quiet says so.
type unselected struct {
	slog.Handler
	quiet func(slog.Level) bool
}

func (u unselected) Handle(ctx context.Context, r slog.Record) error {
	if u.quiet(r.Level) {
		r.Level = slog.LevelDebug
		if !u.Enabled(ctx, r.Level) {
			return nil
		}
	}
	return u.Handler.Handle(ctx, r)
}

func (u unselected) WithAttrs(attrs []slog.Attr) slog.Handler {
	return unselected{u.Handler.WithAttrs(attrs), u.quiet}
}

func (u unselected) WithGroup(name string) slog.Handler {
	return unselected{u.Handler.WithGroup(name), u.quiet}
}

var _ slog.Handler = unselected{}
