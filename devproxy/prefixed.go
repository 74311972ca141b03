package main

import (
	"bytes"
	"io"
	"sync"
)

// prefixed writes whole lines, each behind a prefix, so that several sources
// can share a terminal.
type prefixed struct {
	w      io.Writer
	prefix string

	mu   sync.Mutex
	rest []byte // an unfinished line
}

// maxLine is where a line without an end is cut, so that it is seen at all.
const maxLine = 64 << 10

func (p *prefixed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, b...)
	for {
		end := bytes.IndexByte(p.rest, '\n')
		if end < 0 && len(p.rest) < maxLine {
			return len(b), nil
		}
		if end < 0 {
			end = len(p.rest) - 1
		}
		if err := p.line(p.rest[:end+1]); err != nil {
			return len(b), err
		}
		p.rest = p.rest[end+1:]
	}
}

// Flush writes the line that never ended.
func (p *prefixed) Flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.rest) > 0 {
		_ = p.line(p.rest) // the terminal is gone: nobody to tell
		p.rest = nil
	}
}

func (p *prefixed) line(b []byte) error {
	line := append([]byte(p.prefix), bytes.TrimRight(b, "\r\n")...)
	_, err := p.w.Write(append(line, '\n'))
	return err
}
