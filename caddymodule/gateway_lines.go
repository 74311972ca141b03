// gateway_lines.go contains how a handler's own lines come into the log when
// another process executes it.

package caddymodule

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// speaksElsewhere says that b's handlers write into another process's log, so
// that what they say is asked for with each call. The embedded runner's write
// into this one themselves.
func speaksElsewhere(b *backend.Backend) bool { return b.Config().Kind != backend.Embedded }

// say writes down what the handler logged during call, without the secrets
// that it was given. An answer that is repeated was logged when it was new.
func (g *Gateway) say(call backend.ExecuteRequest, told *trace.Trace) {
	if told == nil || told.Repeated {
		return
	}
	for _, line := range told.Lines {
		level, err := zapcore.ParseLevel(line.Level)
		if err != nil || level > zapcore.ErrorLevel { // none that would end the process
			level = zapcore.InfoLevel
		}
		g.log.Log(level, g.engine.Board().Hidden(line.Text), zap.String("request_id", call.Context.RequestID), zap.String("extension", call.Context.ExtensionID), zap.String("source", "guest"))
	}
}
