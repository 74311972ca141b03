package source

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/go-sourcemap/sourcemap"
)

// Position is a place in a source file.
type Position struct {
	// File is the name that the source map has for it, relative to the map.
	File string
	// Line and Column count from 1.
	Line, Column int
}

// String gives "file:line:column".
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// MapPosition finds the source of a place in a bundle, both counted from 1.
// It is false when the map is none, or says nothing of that place.
func MapPosition(sourceMap []byte, line, column int) (Position, bool) {
	m, err := newMapping(sourceMap)
	if err != nil {
		return Position{}, false
	}
	return m.position(line, column)
}

// MapStack replaces the places in the bundle called name that a trap's
// message or a stack trace names by those in the sources. Places that the map
// does not know stay.
func MapStack(sourceMap []byte, name, text string) string {
	m, err := newMapping(sourceMap)
	if err != nil {
		return text
	}
	place := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `:(\d+):(\d+)`)
	return place.ReplaceAllStringFunc(text, func(found string) string {
		parts := place.FindStringSubmatch(found)
		line, _ := strconv.Atoi(parts[1])
		column, _ := strconv.Atoi(parts[2])
		if p, known := m.position(line, column); known {
			return p.String()
		}
		return found
	})
}

// mapping is a source map that was read.
type mapping struct{ consumer *sourcemap.Consumer }

func newMapping(sourceMap []byte) (mapping, error) {
	consumer, err := sourcemap.Parse("", sourceMap)
	if err != nil {
		return mapping{}, fmt.Errorf("reading a source map: %w", err)
	}
	return mapping{consumer}, nil
}

// position finds a place; columns of source maps count from 0.
func (m mapping) position(line, column int) (Position, bool) {
	file, _, sourceLine, sourceColumn, known := m.consumer.Source(line, max(column-1, 0))
	if !known || file == "" {
		return Position{}, false
	}
	return Position{File: file, Line: sourceLine, Column: sourceColumn + 1}, true
}
