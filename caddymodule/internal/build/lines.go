package build

import (
	"bytes"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

const (
	keptLines   = 200
	longestLine = 16 << 10 // bytes; a minified file on one line would fill a terminal
)

// lines splits what a command prints into lines and keeps the last of them.
// It is written to by one goroutine.
type lines struct {
	each func(line string) // may be nil
	kept []string
	rest []byte // an unfinished line
}

// colours are the escape sequences that terminals take for themselves.
var colours = expression.WhenNeeded("\x1b(?:\\[[0-9;?]*[a-zA-Z]|\\][^\x07]*\x07)")

// Write implements io.Writer; it always takes everything.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, found := bytes.Cut(p, []byte("\n"))
		if room := longestLine - len(l.rest); room > 0 {
			l.rest = append(l.rest, line[:min(room, len(line))]...)
		}
		if !found {
			return n, nil
		}
		l.finish()
		p = rest
	}
}

// end finishes a last line without a line break.
func (l *lines) end() {
	if len(l.rest) > 0 {
		l.finish()
	}
}

func (l *lines) finish() {
	line := colours().ReplaceAllString(strings.ToValidUTF8(string(l.rest), "\uFFFD"), "")
	line = strings.TrimRight(line, "\r")
	// A progress bar draws over itself; its last state is what is left to see.
	line = line[strings.LastIndexByte(line, '\r')+1:]
	l.rest = l.rest[:0]
	if len(l.kept) == 2*keptLines {
		l.kept = append(l.kept[:0], l.kept[keptLines:]...)
	}
	l.kept = append(l.kept, line)
	if l.each != nil {
		l.each(line)
	}
}

func (l *lines) last() []string { return l.kept[max(0, len(l.kept)-keptLines):] }
