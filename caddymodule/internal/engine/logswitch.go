package engine

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// logSwitch is a slog handler whose target can be changed at any time, also
// for the loggers that were derived from it.
type logSwitch struct {
	target *atomic.Pointer[slog.Handler]
	derive func(slog.Handler) slog.Handler
}

func newLogSwitch() *logSwitch {
	s := &logSwitch{target: new(atomic.Pointer[slog.Handler]), derive: func(h slog.Handler) slog.Handler { return h }}
	s.set(slog.DiscardHandler)
	return s
}

func (s *logSwitch) set(h slog.Handler) { s.target.Store(&h) }

func (s *logSwitch) Enabled(ctx context.Context, level slog.Level) bool {
	return (*s.target.Load()).Enabled(ctx, level)
}

func (s *logSwitch) Handle(ctx context.Context, r slog.Record) error {
	return s.derive(*s.target.Load()).Handle(ctx, r)
}

func (s *logSwitch) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logSwitch{s.target, func(h slog.Handler) slog.Handler { return s.derive(h).WithAttrs(attrs) }}
}

func (s *logSwitch) WithGroup(name string) slog.Handler {
	return &logSwitch{s.target, func(h slog.Handler) slog.Handler { return s.derive(h).WithGroup(name) }}
}

var _ slog.Handler = (*logSwitch)(nil)
