package caddymodule

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
	"golang.org/x/term"

	"github.com/same-origin/devproxy/caddymodule/colour"
)

func init() { caddy.RegisterModule(Lines{}) }

// Lines is a log encoder for people: the time, the extension, what happened,
// and below it a code frame and a fix if there are any. What the message says
// is not repeated as a field. Where stderr is no terminal it writes JSON, as
// Caddy does.
type Lines struct {
	zapcore.Encoder `json:"-"`
}

// CaddyModule returns the Caddy module information.
func (Lines) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.logging.encoders.runner", New: func() caddy.Module { return new(Lines) }}
}

// Provision looks where the log goes.
func (l *Lines) Provision(caddy.Context) error {
	l.Encoder = encoderFor(os.Stderr)
	return nil
}

// encoderFor is for people where the file is a terminal.
func encoderFor(file *os.File) zapcore.Encoder {
	if fd := int(file.Fd()); term.IsTerminal(fd) {
		return newLineEncoder(colour.On(os.Getenv, fd))
	}
	return zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
}

// cutOff is how Caddy says that connections outlived their time.
var cutOff = []string{"server shutdown", "waiting for previous server shutdowns"}

// Clone is for loggers that have fields of their own.
func (l *Lines) Clone() zapcore.Encoder { return &Lines{l.Encoder.Clone()} }

// EncodeEntry writes one record, or nothing of one that is no news: that
// connections were cut which were open still at the end of the time they had.
// Whoever stops devproxy, or has a stream open while it stops, expects that.
func (l *Lines) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	if entry.LoggerName == "http" && slices.Contains(cutOff, entry.Message) {
		return pool.Get(), nil
	}
	return l.Encoder.EncodeEntry(entry, fields)
}

// UnmarshalCaddyfile takes no options.
func (l *Lines) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume the encoder's name
	if d.NextArg() || d.NextBlock(d.Nesting()) {
		return d.ArgErr()
	}
	return nil
}

// shownFrom is the least level that [Lines] writes for people.
var shownFrom = zap.NewAtomicLevelAt(zapcore.DebugLevel)

// ShowLinesFrom has Lines leave out the records below level from now on,
// without another config: that would end the connections that are open. What
// the log's own level leaves out never comes so far. Default: debug.
func ShowLinesFrom(level zapcore.Level) { shownFrom.SetLevel(level) }

type lineEncoder struct {
	*zapcore.MapObjectEncoder
	color bool
}

func newLineEncoder(color bool) lineEncoder {
	return lineEncoder{zapcore.NewMapObjectEncoder(), color}
}

// Clone is for loggers that have fields of their own.
func (l lineEncoder) Clone() zapcore.Encoder { return l.clone() }

func (l lineEncoder) clone() lineEncoder {
	c := newLineEncoder(l.color)
	maps.Copy(c.Fields, l.Fields)
	return c
}

// EncodeEntry writes one record.
func (l lineEncoder) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	if !shownFrom.Enabled(entry.Level) {
		return pool.Get(), nil
	}
	all := l.clone()
	for _, field := range fields {
		field.AddTo(all)
	}
	line := pool.Get()
	line.AppendString(l.paint(dim, entry.Time.Local().Format("15:04:05")) + " ")
	if mark := l.mark(entry.Level); mark != "" {
		line.AppendString(mark + " ")
	}
	if extension, ok := all.Fields["extension"].(string); ok && extension != "" {
		line.AppendString(extension + ": ")
	}
	head, more, _ := strings.Cut(strings.TrimRight(entry.Message, "\n"), "\n")
	line.AppendString(head)
	if rest := all.rest(entry); rest != "" {
		line.AppendString(l.paint(dim, "  "+rest))
	}
	line.AppendString("\n")
	if more != "" {
		line.AppendString("  " + strings.ReplaceAll(more, "\n", "\n  ") + "\n")
	}
	if frame, ok := all.Fields["frame"].(string); ok {
		line.AppendString("  " + strings.ReplaceAll(frame, "\n", "\n  ") + "\n")
	}
	if fix, ok := all.Fields["fix"].(string); ok && fix != "" {
		line.AppendString("  fix: " + fix + "\n")
	}
	return line, nil
}

var pool = buffer.NewPool()

// shown are the fields that have a place of their own, and those that a person
// does not miss.
var shown = []string{"extension", "frame", "fix", "changed", "saved", "source", "tenant"}

// rest are the fields that the line does not show yet, without the lines after
// the first of each. Requests that went well need no id.
func (l lineEncoder) rest(entry zapcore.Entry) string {
	var rest []string
	for _, name := range slices.Sorted(maps.Keys(l.Fields)) {
		value, _, cut := strings.Cut(fmt.Sprint(l.Fields[name]), "\n")
		well := name == "request_id" && entry.Level < zapcore.WarnLevel
		if slices.Contains(shown, name) || well || value == "" || strings.Contains(entry.Message, value) {
			continue
		}
		if cut {
			value += " …"
		}
		if strings.ContainsAny(value, " \t\n\"") {
			value = fmt.Sprintf("%q", value)
		}
		rest = append(rest, name+"="+value)
	}
	return strings.Join(rest, " ")
}

const (
	dim    = "2"
	yellow = "33"
	red    = "31"
)

func (l lineEncoder) paint(style, text string) string {
	if !l.color {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func (l lineEncoder) mark(level zapcore.Level) string {
	switch {
	case level >= zapcore.ErrorLevel:
		return l.paint(red, "error")
	case level == zapcore.WarnLevel:
		return l.paint(yellow, "warn")
	case level == zapcore.DebugLevel:
		return l.paint(dim, "debug")
	}
	return ""
}

var (
	_ caddy.Provisioner     = (*Lines)(nil)
	_ caddyfile.Unmarshaler = (*Lines)(nil)
	_ zapcore.Encoder       = (*Lines)(nil)
	_ zapcore.Encoder       = lineEncoder{}
)
