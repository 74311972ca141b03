package watch

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// pattern is one line of a .gitignore.
type pattern struct {
	glob     string
	literal  bool // the glob has no wildcard
	negated  bool // "!": the path is not ignored after all
	dirOnly  bool // "name/"
	anchored bool // matches from the folder of the file on, not any name below
}

// classes spells out what the glob library does not know by name.
var classes = strings.NewReplacer(
	"[:alnum:]", "0-9A-Za-z", "[:alpha:]", "A-Za-z", "[:digit:]", "0-9", "[:xdigit:]", "0-9A-Fa-f",
	"[:lower:]", "a-z", "[:upper:]", "A-Z", "[:space:]", " \t-\r", "[:blank:]", " \t",
)

// patterns are the lines of one .gitignore, of which the last that matches
// decides.
type patterns []pattern

func parseGitignore(content string) (list patterns) {
	for line := range strings.Lines(strings.TrimPrefix(content, "\ufeff")) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if p, ok := parsePattern(line); ok {
			list = append(list, p)
		}
	}
	return list
}

// parsePattern gives false for what matches nothing: empty lines, comments and
// malformed globs.
func parsePattern(line string) (p pattern, ok bool) {
	line = trimSpaces(line)
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	line, p.negated = strings.CutPrefix(line, "!")
	line, p.dirOnly = strings.CutSuffix(line, "/")
	p.anchored = strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if rest, inside := strings.CutSuffix(line, "/**"); inside {
		line = rest + "/**/*" // what is in the folder, not the folder
	}
	p.literal = !strings.ContainsAny(line, `*?[\`)
	p.glob = line
	if !p.literal {
		p.glob = classes.Replace(escapeBraces(line))
	}
	return p, line != "" && (p.literal || doublestar.ValidatePattern(p.glob))
}

// trimSpaces takes the spaces at the end off, but one that is escaped.
func trimSpaces(line string) string {
	trimmed := strings.TrimRight(line, " ")
	if strings.HasSuffix(trimmed, `\`) && len(trimmed) < len(line) {
		return trimmed + " "
	}
	return trimmed
}

// escapeBraces keeps "{a,b}" from being alternatives, which git does not know.
func escapeBraces(glob string) string {
	var b strings.Builder
	escaped := false
	for _, r := range glob {
		if (r == '{' || r == '}') && !escaped {
			b.WriteByte('\\')
		}
		escaped = r == '\\' && !escaped
		b.WriteRune(r)
	}
	return b.String()
}

// match says whether the patterns decide about a path, which is relative to
// their file's folder, and how.
func (list patterns) match(rel string, dir bool) (ignored, decided bool) {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].match(rel, dir) {
			return !list[i].negated, true
		}
	}
	return false, false
}

func (p *pattern) match(rel string, dir bool) bool {
	if p.dirOnly && !dir {
		return false
	}
	if !p.anchored {
		rel = path.Base(rel)
	}
	if p.literal {
		return p.glob == rel
	}
	return doublestar.MatchUnvalidated(p.glob, rel)
}
