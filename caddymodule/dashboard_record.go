// dashboard_record.go contains what the handlers tell the dashboard.

package caddymodule

import (
	"bufio"
	"net"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/dashboard"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

// observed records r; the caller defers end, which notes how it was answered.
func observed(e *engine.Engine, w http.ResponseWriter, r *http.Request) (out http.ResponseWriter, in *http.Request, end func()) {
	under := &upgradable{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}}
	recorder := caddyhttp.NewResponseRecorder(under, nil, nil)
	in, recording := e.Board().Begin(r)
	return recorder, in, func() {
		status, size := http.StatusSwitchingProtocols, 0
		if !under.upgraded {
			status, size = recorder.Status(), recorder.Size()
		}
		recording.End(status, size, recorder.Header().Get("X-Ext-Build"))
	}
}

// upgradable knows whether its connection was taken over for another protocol:
// no status is written then, and the recorder's count goes on in a copying
// goroutine that outlives the handler.
type upgradable struct {
	caddyhttp.ResponseWriterWrapper
	upgraded bool
}

func (u *upgradable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(&u.ResponseWriterWrapper).Hijack()
	u.upgraded = err == nil
	return conn, buffered, err
}

// executed notes a call of a handler: sizes, never what went in or out.
func executed(r *http.Request, call backend.ExecuteRequest, envelope backend.ExecuteResponse) {
	dashboard.RecordingOf(r.Context()).Executed(call.Context.RequestID, dashboard.Execute{
		Extension: call.Context.ExtensionID, Input: len(call.HTTP.Body), Output: len(envelope.Body),
	})
}

// kept is log, whose records the dashboard keeps as well.
func kept(e *engine.Engine, log *zap.Logger) *zap.Logger {
	return log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewTee(core, boardCore{zapcore.DebugLevel, e.Board(), nil})
	}))
}

// boardCore keeps the gateway's records on the board.
type boardCore struct {
	zapcore.LevelEnabler
	board  *dashboard.Board
	fields []zapcore.Field
}

func (c boardCore) With(fields []zapcore.Field) zapcore.Core {
	return boardCore{c.LevelEnabler, c.board, append(c.fields[:len(c.fields):len(c.fields)], fields...)}
}

func (c boardCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return checked.AddCore(entry, c)
}

func (c boardCore) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	all := dashboard.NewFields()
	for _, field := range append(c.fields[:len(c.fields):len(c.fields)], fields...) {
		all.Add(field.Key, textOf(field))
	}
	line := all.Line(entry.Time, entry.Level.String(), entry.Message)
	if line.Source = "gateway"; all.Guest() {
		line.Source = "handler"
	}
	c.board.Log(line)
	return nil
}

func (boardCore) Sync() error { return nil }

var (
	_ zapcore.Core  = boardCore{}
	_ http.Hijacker = (*upgradable)(nil)
)
