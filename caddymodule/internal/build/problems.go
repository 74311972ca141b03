package build

import (
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// mostProblems bounds what one build reports: nobody reads the rest.
const mostProblems = 20

// found is what a command's output names.
type found struct{ problems, warnings []event.Problem }

// parse reads the places that common tools print: esbuild, tsc (plain and
// pretty), Rollup and Vite, componentize-js, and all that print
// "file:line:column: message" as Go and GCC do. The tools call the folder root;
// it is dir.
func parse(root, dir string, output []string) found {
	p := parser{root: root, dir: dir, seen: map[event.Problem]bool{}}
	for _, line := range output {
		p.line(strings.TrimRightFunc(line, unicode.IsSpace))
	}
	return p.found
}

type parser struct {
	found
	root     string // the folder, as the tools call it
	dir      string
	seen     map[event.Problem]bool
	message  string // of a headline whose place is still to come
	warning  bool   // that headline warns only
	previous string
}

func (p *parser) line(line string) {
	switch {
	case line == "":
	case p.headline(line), p.tsc(line), p.placed(line):
	default:
		p.previous = strings.TrimSpace(line)
	}
}

// headline is esbuild's "✘ [ERROR] message", whose place follows in a line of
// its own.
func (p *parser) headline(line string) bool {
	if m := headline().FindStringSubmatch(line); m != nil {
		p.message, p.warning = m[2], m[1] == "WARNING"
		return true
	}
	m := placeOnly().FindStringSubmatch(line)
	if m == nil || p.message == "" {
		return false
	}
	p.add(p.warning, m[1], m[2], fromZero(m[3]), p.message)
	p.message = ""
	return true
}

func (p *parser) tsc(line string) bool {
	m := tscPlain().FindStringSubmatch(line)
	if m == nil {
		m = tscPretty().FindStringSubmatch(line)
	}
	if m == nil {
		return false
	}
	p.add(m[4] == "warning", m[1], m[2], m[3], m[5])
	return true
}

func (p *parser) placed(line string) bool {
	if strings.HasPrefix(strings.TrimSpace(line), "at ") && strings.Contains(line, "(") {
		return true // a frame of a stack, which belongs to the tool
	}
	if m := rollup().FindStringSubmatch(line); m != nil {
		p.add(false, m[1], m[2], m[3], m[4])
		return true
	}
	if m := plain().FindStringSubmatch(line); m != nil {
		column := m[3]
		if m[4] == "ERROR" || m[4] == "WARNING" {
			column = fromZero(column) // esbuild's errors, as Vite passes them on
		}
		p.add(strings.EqualFold(m[4], "warning") || strings.EqualFold(m[4], "note"), m[1], m[2], column, m[5])
		return true
	}
	if m := bracketed().FindStringSubmatch(line); m != nil {
		p.add(false, m[2], m[3], m[4], m[1])
		return true
	}
	m := rollupAt().FindStringSubmatch(line)
	if m == nil || !errorLine().MatchString(p.previous) {
		return false
	}
	p.add(false, m[1], m[2], m[3], p.previous)
	return true
}

// fromZero turns a column of esbuild, which counts from 0, into one from 1.
func fromZero(column string) string {
	n, _ := strconv.Atoi(column)
	return strconv.Itoa(n + 1)
}

func (p *parser) add(warning bool, file, line, column, message string) {
	p.previous = ""
	problem := event.Problem{File: p.relative(file), Message: message, Code: CodeFailed}
	problem.Line, _ = strconv.Atoi(line)
	problem.Column, _ = strconv.Atoi(column)
	list := &p.problems
	if warning {
		list = &p.warnings
	}
	if p.seen[problem] || len(*list) == mostProblems {
		return
	}
	p.seen[problem] = true
	problem.Frame = frameOf(p.dir, problem)
	*list = append(*list, problem)
}

// relative gives a file of the extension relative to it, with slashes.
func (p *parser) relative(file string) string {
	file = strings.TrimPrefix(file, "file://")
	if filepath.IsAbs(file) {
		inside, err := filepath.Rel(p.root, file)
		if err != nil || !filepath.IsLocal(inside) {
			return filepath.ToSlash(file)
		}
		file = inside
	}
	return filepath.ToSlash(filepath.Clean(file))
}

// telling gives the line that says most about a failure without a place: the
// first that speaks of an error, or else the last.
func telling(output []string) string {
	last := ""
	for _, line := range output {
		line = strings.TrimSpace(line)
		if errorLine().MatchString(line) {
			return line
		}
		if line != "" {
			last = line
		}
	}
	return last
}
