package main

import (
	"fmt"
	"io"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/stack"
)

// logPrinter numbers and writes the lines that are shown.
type logPrinter struct {
	out   io.Writer
	json  bool
	from  string // the source
	width int    // of the longest name so far
	seq   uint64
}

// logLine is one line of `logs --json`.
type logLine struct {
	form
	Time       time.Time     `json:"time"`
	Source     string        `json:"source" jsonschema:"enum=runtime,enum=build"`
	Service    string        `json:"service"`
	Generation int           `json:"generation"` // 0 for services other than the runner
	Stream     docker.Stream `json:"stream" jsonschema:"enum=stdout,enum=stderr"`
	Seq        uint64        `json:"seq"` // 1, 2, 3, … in the order of printing
	Text       string        `json:"text"`
}

func (p *logPrinter) print(line stack.LogLine) error {
	p.seq++
	if p.json {
		return writeJSON(p.out, "log", &logLine{
			Time: line.Time, Source: p.from, Service: line.Service, Generation: line.Generation,
			Stream: line.Stream, Seq: p.seq, Text: line.Text,
		})
	}
	p.widen(line)
	_, err := fmt.Fprintf(p.out, "%-*s | %s\n", p.width, nameOf(line), line.Text)
	return err
}

// printAll aligns the names of all lines.
func (p *logPrinter) printAll(lines []stack.LogLine) error {
	for _, line := range lines {
		p.widen(line)
	}
	for _, line := range lines {
		if err := p.print(line); err != nil {
			return err
		}
	}
	return nil
}

// widen keeps names aligned with the line's from now on.
func (p *logPrinter) widen(line stack.LogLine) { p.width = max(p.width, len(nameOf(line))) }

// nameOf tells the generations of the runner apart.
func nameOf(line stack.LogLine) string {
	if line.Generation == 0 {
		return line.Service
	}
	return fmt.Sprintf("%s[%d]", line.Service, line.Generation)
}
