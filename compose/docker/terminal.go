package docker

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// seam is where the log driver "local" runs one line into the next: it drops the
// newline behind a line it had to split.
var seam = expression.WhenNeeded(`\r(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z )`)

// readTerminal reads the log of a container with a terminal: plain lines without
// frames, each a time and the text.
func readTerminal(r *bufio.Reader, emit func(LogLine) error) error {
	for {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := emitTerminal(line, emit); err != nil {
			return &emitError{err}
		}
		if err != nil {
			return nil
		}
	}
}

// emitTerminal emits one line, or the several that a seam joined.
func emitTerminal(line []byte, emit func(LogLine) error) error {
	for len(line) > 0 {
		var rest []byte
		if at := seam().FindIndex(line); len(line) > splitAt && at != nil {
			line, rest = line[:at[0]], line[at[0]+1:]
		}
		if err := emit(terminalLine(line)); err != nil {
			return err
		}
		line = rest
	}
	return nil
}

// terminalLine reads a line; one that the engine had to split carries the same
// time again between its parts.
func terminalLine(line []byte) LogLine {
	at, text := cutStamp(line)
	if len(text) > splitAt && len(text) < len(line) {
		text = bytes.ReplaceAll(text, line[:len(line)-len(text)], nil)
	}
	return LogLine{Stream: Stdout, Time: at, Text: strings.TrimRight(string(text), "\r\n")}
}
