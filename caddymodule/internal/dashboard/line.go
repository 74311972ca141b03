// line.go contains the log lines that are kept, and where they come from.

package dashboard

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// Line is one record of the log.
type Line struct {
	N         int64     `json:"n"`
	Time      time.Time `json:"time"`
	Level     string    `json:"level"`  // debug, info, warn or error
	Source    string    `json:"source"` // build, browser, handler, gateway or engine
	Extension string    `json:"extension,omitempty"`
	Request   string    `json:"-"` // id of the request that it is about
	Message   string    `json:"message"`
	Fields    string    `json:"fields,omitempty"` // "name=value …"
	Detail    string    `json:"detail,omitempty"` // more lines: a code frame, a fix
}

// longestLine is how much of a message is kept.
const longestLine = 2000

// Log keeps a line.
func (b *Board) Log(line Line) {
	for _, text := range []*string{&line.Message, &line.Fields, &line.Detail} {
		*text = b.Hidden(*text) // before it is cut: half a secret is one, too
		if len(*text) > longestLine {
			*text = strings.ToValidUTF8((*text)[:longestLine], "") + "…"
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	line.N = b.next()
	b.lines.add(line)
	b.hub.publish("line", line)
}

// LinesOf are the lines about one request, oldest first.
func (b *Board) LinesOf(request string) []Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Line
	for _, line := range b.lines.all() {
		if line.Request == request && request != "" {
			out = append(out, line)
		}
	}
	return out
}

// Tee keeps every record, of all levels, and hands on those that next wants.
// Secrets are blanked in both: what a build or a handler prints may hold them.
func (b *Board) Tee(next slog.Handler) slog.Handler { return tee{board: b, next: next} }

type tee struct {
	board *Board
	next  slog.Handler
	attrs []slog.Attr
}

func (t tee) Enabled(context.Context, slog.Level) bool { return true }

func (t tee) Handle(ctx context.Context, r slog.Record) error {
	fields := newFields()
	for _, a := range t.attrs {
		fields.Add(a.Key, a.Value.Resolve().String())
	}
	r.Attrs(func(a slog.Attr) bool {
		fields.Add(a.Key, a.Value.Resolve().String())
		return true
	})
	t.board.Log(fields.Line(r.Time, strings.ToLower(r.Level.String()), r.Message))
	if t.next.Enabled(ctx, r.Level) {
		return t.next.Handle(ctx, t.board.hide(r))
	}
	return nil
}

func (t tee) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tee{t.board, t.next.WithAttrs(t.board.hideAttrs(attrs)), append(t.attrs[:len(t.attrs):len(t.attrs)], attrs...)}
}

// WithGroup loses the group's name in what is kept: names are clear without.
func (t tee) WithGroup(name string) slog.Handler {
	return tee{t.board, t.next.WithGroup(name), t.attrs}
}

var _ slog.Handler = tee{}
