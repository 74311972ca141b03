package guest

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
)

// console passes what a guest prints to the host, line by line, as calls of
// logging#log-info and logging#log-error. Only components built with stdio
// print anything.
type console struct{ stdout, stderr *lineWriter }

// lastLines is how much of the standard error goes into a trap's message.
const lastLines = 8

// newConsole passes lines to host; without one they only go into the message
// of a trap. In either case blanker, which may be nil, sees them first.
func newConsole(ctx context.Context, host Host, blanker Blanker) *console {
	writer := func(function string) *lineWriter {
		return &lineWriter{ctx: ctx, host: host, blanker: blanker, to: Import{Package: extensionPackage, Interface: "logging", Function: function}}
	}
	return &console{stdout: writer("log-info"), stderr: writer("log-error")}
}

func (c *console) flush() {
	c.stdout.flush()
	c.stderr.flush()
}

// lastErrors is the end of the standard error; it works on a nil console.
func (c *console) lastErrors() string {
	if c == nil {
		return ""
	}
	c.stderr.flush()
	return strings.TrimSpace(strings.Join(c.stderr.last, "\n"))
}

// abortNotice is what SpiderMonkey adds after an exception's own text; it
// says nothing that the trap does not.
const abortNotice = "Redirecting call to abort()"

// lineWriter collects bytes until a line is full.
type lineWriter struct {
	ctx     context.Context // of the run
	host    Host
	blanker Blanker // nil: there is nothing to blank
	to      Import
	rest    []byte
	more    bool // the line has bytes that rest has no room for
	last    []string
}

const (
	// longestLine is where a line is cut.
	longestLine = 16 << 10
	// mostHeld is what is collected of one: words across the cut are blanked
	// before it is made.
	mostHeld = 4 * longestLine
)

// Write implements io.Writer. A console that the host refuses is no reason
// to stop the guest.
func (w *lineWriter) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		line, after, full := bytes.Cut(rest, []byte{'\n'})
		room := min(mostHeld-len(w.rest), len(line))
		w.rest, w.more = append(w.rest, line[:room]...), w.more || room < len(line)
		if full {
			w.line()
		}
		rest = after
	}
	return len(b), nil
}

func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.line()
	}
}

// line passes the collected line on.
func (w *lineWriter) line() {
	text, more := string(w.rest), w.more
	w.rest, w.more = nil, false
	if w.blanker != nil {
		text = w.blanker.Blanked(text, more)
	}
	text = strings.ToValidUTF8(strings.TrimSuffix(text, "\r"), "\uFFFD")
	if strings.HasPrefix(text, abortNotice) {
		return
	}
	text = shortened(text, more)
	w.remember(text)
	if w.host != nil {
		_, _ = w.host.Call(w.ctx, Call{Import: w.to, Args: []any{text}})
	}
}

// shortened cuts a line that nobody could read, or of which there is more.
func shortened(line string, more bool) string {
	if len(line) > longestLine {
		line, more = strings.ToValidUTF8(line[:longestLine], ""), true
	}
	if more {
		line += " …"
	}
	return line
}

// remember keeps the last lines. Of a long stack it keeps the beginning,
// which stands below what was thrown.
func (w *lineWriter) remember(text string) {
	isCall := strings.HasPrefix(text, "  ") && slices.Contains(w.last, stackNotice)
	if text == "" || isCall && len(w.last) >= lastLines {
		return
	}
	w.last = append(w.last, text)
	w.last = w.last[max(0, len(w.last)-lastLines):]
}

// consoleHost is who hears what this run prints; nobody when the component is
// built without a console.
func (r *run) consoleHost() Host {
	if r.program.stubs.dropConsole() {
		return nil
	}
	return r.host
}

// moduleConfig gives a guest clocks, randomness and a console when it was
// built for them, and nothing else of the machine.
func (r *run) moduleConfig() wazero.ModuleConfig {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	if !r.program.wasi {
		return config
	}
	config = config.WithSysWalltime().WithSysNanotime().WithRandSource(randomness).
		WithStdout(r.console.stdout).WithStderr(r.console.stderr)
	return r.program.stubs.apply(config)
}
