// manifest_syntax.go contains what is said of a manifest that is no JSON.

package extension

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/same-origin/devproxy/compose/expression"
)

// largestSyntax bounds what is parsed again for a better message: deep nesting
// costs stack, and nobody writes such a manifest by hand.
const largestSyntax = 256 << 10

// syntaxProblem says in a person's words why data is no JSON. offset and
// message are those of encoding/json, for what only it refuses.
func syntaxProblem(data []byte, offset int64, message string) Problem {
	if strings.TrimSpace(string(data)) == "" {
		return Problem{Line: 1, Message: "is not valid JSON: the file is empty"}
	}
	p := problemAt(data, offset-1)
	p.Message = "is not valid JSON: " + message
	if len(data) > largestSyntax || strings.Contains(message, "max depth") {
		return p
	}
	// its parser knows what people write: comments, quotes and commas of JavaScript
	said := api.Transform(strings.TrimRight(string(data), " \t\r\n"), api.TransformOptions{Loader: api.LoaderJSON, LogLevel: api.LogLevelSilent}).Errors
	if len(said) == 0 || said[0].Location == nil {
		return p
	}
	at := said[0].Location
	line := at.LineText[:min(at.Column, len(at.LineText))]
	return Problem{
		Line: at.Line, Column: utf8.RuneCountInString(line) + 1,
		Message: "is not valid JSON: " + plainly(said[0].Text, at.LineText),
	}
}

var (
	expected   = expression.WhenNeeded(`^Expected (\S+|end of file|string) in JSON but found (.+)$`)
	unexpected = expression.WhenNeeded(`^Unexpected (".*") in JSON$`)
	word       = expression.WhenNeeded(`^[A-Za-z_$][A-Za-z0-9_$-]*$`)
	conflict   = expression.WhenNeeded(`^(<<<<<<<|=======|>>>>>>>)( |$)`)
)

// plainly says what a message of the parser means, and what to write instead.
// line is the one that it is about.
func plainly(text, line string) string {
	if conflict().MatchString(line) {
		return "a merge conflict is left here; resolve it"
	}
	if m := expected().FindStringSubmatch(text); m != nil {
		return notExpected(strings.Trim(m[1], `"`), shown(m[2]))
	}
	if m := unexpected().FindStringSubmatch(text); m != nil {
		return noValue(shown(m[1]))
	}
	switch {
	case strings.Contains(text, "trailing commas"):
		return "a comma stands after the last item; remove it"
	case strings.Contains(text, "comments"):
		return "comments are not allowed; remove this one"
	case strings.Contains(text, "double quotes"):
		return `text and names stand in double quotes ("), not in single ones`
	case strings.Contains(text, "Unterminated string"):
		return `a text is not closed; its last double quote (") is missing`
	case strings.Contains(text, "end of file"):
		return endsEarly
	case strings.HasPrefix(text, "Syntax error"):
		return `a character cannot stand here; in a text, write \n for a line break, \t for a tab and \\ for a backslash`
	}
	return strings.TrimSuffix(text, " in JSON")
}

const endsEarly = "the file ends too early; a closing } or ] is missing"

// notExpected says what is meant by the parser's "expected want but found".
func notExpected(want, found string) string {
	switch {
	case found == "end of file":
		return endsEarly
	case want == ",":
		return "a comma is missing before " + found
	case want == ":":
		return "a colon (:) is missing before " + found
	case want == "string" && word().MatchString(found):
		return fmt.Sprintf("%s must stand in double quotes: %q", found, found)
	case want == "string":
		return "the name of a field must stand here, in double quotes, not " + found
	case want == "end of file":
		return found + " stands after the end; a manifest is one object in { }"
	}
	return want + " is missing before " + found
}

func noValue(found string) string {
	if found == "}" || found == "]" || found == "," {
		return "a value is missing before " + found
	}
	return found + " is no value; write text in double quotes, a number, true, false, null, [ ] or { }"
}

// shown gives a piece of the file as it can be shown: the parser quotes it.
func shown(found string) string {
	text, err := strconv.Unquote(found)
	if err != nil {
		return found
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		text = found
	}
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}
