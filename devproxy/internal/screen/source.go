package screen

import (
	"bytes"
	"io"
	"strings"
)

// Source is one of those who write to the screen. Its lines scroll as wholes;
// one that has no end yet, such as a question or a progress bar, stands above
// the area until it has.
type Source struct {
	screen *Screen
	prefix string
	rest   []byte // an unfinished line; under screen.mu
}

// longest is where a line without an end is cut, so that it is seen at all.
const longest = 64 << 10

// Source makes a writer whose lines begin with prefix.
func (s *Screen) Source(prefix string) *Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	source := &Source{screen: s, prefix: prefix}
	s.sources = append(s.sources, source)
	return source
}

func (o *Source) Write(p []byte) (int, error) {
	s := o.screen
	s.mu.Lock()
	defer s.mu.Unlock()
	o.rest = append(o.rest, p...)
	for {
		end := bytes.IndexByte(o.rest, '\n')
		if end < 0 && len(o.rest) < longest {
			break
		}
		if end < 0 {
			end = len(o.rest)
		}
		s.waiting.WriteString(o.line(o.rest[:end]) + "\n")
		o.rest = o.rest[min(end+1, len(o.rest)):]
	}
	s.newest = o
	if s.on {
		s.due()
		return len(p), nil
	}
	return len(p), s.flush()
}

// Flush writes the line that never ended.
func (o *Source) Flush() {
	o.screen.mu.Lock()
	defer o.screen.mu.Unlock()
	o.finish()
}

// finish is Flush; the caller holds screen.mu.
func (o *Source) finish() {
	if len(o.rest) == 0 {
		return
	}
	o.screen.waiting.WriteString(o.line(o.rest) + "\n")
	o.rest = nil
	if o.screen.on {
		o.screen.due()
		return
	}
	_ = o.screen.flush() // the terminal is gone: nobody to tell
}

// flush writes what waits, without an area. The caller holds mu.
func (s *Screen) flush() error {
	text := s.waiting.String()
	s.waiting.Reset()
	_, err := io.WriteString(s.out, text)
	return err
}

// line is what a terminal would show of a line in the end: a carriage return
// begins it anew.
func (o *Source) line(text []byte) string {
	line := strings.TrimRight(string(text), "\r")
	line = line[strings.LastIndexByte(line, '\r')+1:]
	return o.prefix + Clean(line)
}

// Clean leaves of a line what only takes its own cells: text, tabs and
// colours. What moves the cursor would draw over others.
func Clean(line string) string {
	var b strings.Builder
	styled := false
	parts := cells.StringGraphemes(strings.ToValidUTF8(line, "\uFFFD"))
	for parts.Next() {
		seq := parts.Value()
		switch {
		case parts.Width() > 0, seq == "\t":
			b.WriteString(seq)
		case style(seq):
			b.WriteString(seq)
			styled = true
		}
	}
	if styled {
		b.WriteString("\x1b[0m")
	}
	return b.String()
}

// style says whether seq sets colours.
func style(seq string) bool {
	params, ok := strings.CutPrefix(seq, "\x1b[")
	params, ends := strings.CutSuffix(params, "m")
	return ok && ends && strings.Trim(params, "0123456789;:") == ""
}

var _ io.Writer = (*Source)(nil)
