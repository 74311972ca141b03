package dockerrunner

import (
	"context"
	"io"
	"time"
)

// limits end a command's context when it takes too long, or is silent for too
// long.
type limits struct {
	cancel      context.CancelCauseFunc
	total, idle *time.Timer
	silence     time.Duration
}

// limited starts the clock of the whole command; that of silence is armed later.
func limited(ctx context.Context, o runOptions) (context.Context, *limits) {
	ctx, cancel := context.WithCancelCause(ctx)
	l := &limits{cancel: cancel, silence: time.Duration(o.IdleTimeoutMs) * time.Millisecond}
	if whole := time.Duration(o.TimeoutMs) * time.Millisecond; whole > 0 {
		l.total = time.AfterFunc(whole, func() { cancel(&timeoutError{after: whole}) })
	}
	return ctx, l
}

func (l *limits) arm() {
	if l.silence > 0 {
		l.idle = time.AfterFunc(l.silence, func() { l.cancel(&timeoutError{idle: true, after: l.silence}) })
	}
}

func (l *limits) stop() {
	for _, timer := range []*time.Timer{l.total, l.idle} {
		if timer != nil {
			timer.Stop()
		}
	}
	l.cancel(nil)
}

// timedOut gives the reason for which the context ended, where it did.
func (l *limits) timedOut(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// watch notes each output.
func (l *limits) watch(to io.Writer) io.Writer { return &watched{to, l} }

type watched struct {
	io.Writer
	limits *limits
}

func (w *watched) Write(p []byte) (int, error) {
	if w.limits.idle != nil {
		w.limits.idle.Reset(w.limits.silence)
	}
	return w.Writer.Write(p)
}
