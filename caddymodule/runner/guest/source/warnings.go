package source

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/same-origin/devproxy/compose/expression"
)

// Warning is something of a handler that works while it runs from its source
// and will not in production.
type Warning struct {
	// Code is stable: "timers_missing", "console_dropped", "clock_frozen",
	// "random_repeats", "fetch_missing", "node_module" or "node_global".
	Code string
	// Message says what, Fix what to do instead.
	Message, Fix string
	// Position is the first place; its File is empty when it is not known.
	Position Position
}

// Warnings looks through a bundled handler for what a component with these
// features does not have. It reports each kind once, at its first place, and
// would rather overlook one than report what is none: it knows the names of
// globals, and leaves out those that the script defines itself. The source
// map translates places; without one they are those in the bundle.
func Warnings(js, sourceMap []byte, features []string) []Warning {
	s := scan{js: js, code: blank(js)}
	m, err := newMapping(sourceMap)
	var found []Warning
	for _, r := range rules {
		if r.feature != "" && slices.Contains(features, r.feature) {
			continue
		}
		at := s.first(r)
		if at < 0 {
			continue
		}
		w := r.warning
		w.Position = s.position(at)
		if err == nil {
			if p, known := m.position(w.Position.Line, w.Position.Column); known {
				w.Position = p
			}
		}
		found = append(found, w)
	}
	return found
}

// rule finds one kind of warning.
type rule struct {
	feature string // which spares the warning
	// pattern matches the use; its first group is the global that is used,
	// which must not be one of the script's own.
	pattern func() *regexp.Regexp
	// text matches against the script with its strings.
	text    bool
	warning Warning
}

var rules = []rule{
	{feature: "clocks", pattern: expression.WhenNeeded(`(?:^|[^.\w$])(setTimeout|setInterval)\s*\(`), warning: Warning{
		Code: "timers_missing", Message: "setTimeout and setInterval end the handler: the component is built without timers",
		Fix: "do the work at once, or build with the feature clocks",
	}},
	{feature: "stdio", pattern: expression.WhenNeeded(`(?:^|[^.\w$])(console)\s*\.\s*(?:log|info|warn|error|debug|trace|table|dir)\s*\(`), warning: Warning{
		Code: "console_dropped", Message: "what console prints is dropped: the component is built without standard output",
		Fix: "log with alga:extension/logging",
	}},
	{feature: "clocks", pattern: expression.WhenNeeded(`(?:^|[^.\w$])(Date)\s*\.\s*now\s*\(|(?:^|[^.\w$])new\s+(Date)\s*(?:\(\s*\)|;)`), warning: Warning{
		Code: "clock_frozen", Message: "the current time is that of the build, always: the component is built without clocks",
		Fix: "take the time from the request, or build with the feature clocks",
	}},
	{feature: "random", pattern: expression.WhenNeeded(`(?:^|[^.\w$])(Math)\s*\.\s*random\s*\(|(?:^|[^.\w$])(crypto)\s*\.\s*(?:randomUUID|getRandomValues)\s*\(`), warning: Warning{
		Code: "random_repeats", Message: "random numbers are the same in every request: the component is built without randomness",
		Fix: "derive what must be unique from the request, or build with the feature random",
	}},
	{feature: "http", pattern: expression.WhenNeeded(`(?:^|[^.\w$])(fetch)\s*\(`), warning: Warning{
		Code: "fetch_missing", Message: "the global fetch ends the handler: components have no network of their own",
		Fix: "import { fetch } from \"alga:extension/http\"",
	}},
	{pattern: expression.WhenNeeded(`(?m)^\s*(?:import|export)\b[^;\n]*["']node:[\w/]+["']`), text: true, warning: Warning{
		Code: "node_module", Message: "modules of Node do not exist here", Fix: "use the web platform's own functions, or bundle a package that does",
	}},
	{pattern: expression.WhenNeeded(`(?:^|[^.\w$])(process)\s*\.\s*(?:env|cwd|argv|nextTick|hrtime|version)|(?:^|[^.\w$])(Buffer)\s*\.\s*(?:from|alloc|concat|isBuffer)\s*\(`), warning: Warning{
		Code: "node_global", Message: "process and Buffer are Node's; here they are not defined",
		Fix: "use the extension's configuration, and Uint8Array with TextEncoder",
	}},
}

// scan is a script, with and without what is not code.
type scan struct{ js, code []byte }

// first gives the offset of the first use that r describes; -1 without one.
func (s scan) first(r rule) int {
	text := s.code
	if r.text {
		text = s.js
	}
	for _, match := range r.pattern().FindAllSubmatchIndex(text, -1) {
		at := match[0]
		for at < match[1] && (r.text && isSpace(text[at]) || !r.text && !isName(text[at])) {
			at++
		}
		if isSpace(s.code[at]) { // in a comment
			continue
		}
		if name := global(text, match); name == nil || !s.defines(name) {
			return at
		}
	}
	return -1
}

// global gives the first group of a match that took part.
func global(text []byte, match []int) []byte {
	for i := 2; i+1 < len(match); i += 2 {
		if match[i] >= 0 {
			return text[match[i]:match[i+1]]
		}
	}
	return nil
}

// defines reports whether the script has a binding of that name anywhere, or
// asks whether there is such a global.
func (s scan) defines(name []byte) bool {
	quoted := regexp.QuoteMeta(string(name))
	own := regexp.MustCompile(`\b(?:function\*?|class|const|let|var|as|typeof|catch\s*\()\s+` + quoted + `\b` +
		`|\b(?:import|const|let|var)\s*\{[^}]*\b` + quoted + `\s*[,}=]` +
		`|\b(?:import|const|let|var)\s+` + quoted + `\b` +
		`|[(,]\s*` + quoted + `\s*(?:=[^=>]*)?(?:,[^()]*)?\)\s*(?:=>|\{)` +
		`|\b` + quoted + `\s*(?:=>|=[^=])` +
		`|(?:^|[{,;\n])\s*(?:async\s+)?` + quoted + `\s*\([^()]*\)\s*\{`)
	return own.Match(s.code)
}

func (s scan) position(at int) Position {
	before := s.js[:at]
	return Position{
		Line:   bytes.Count(before, []byte("\n")) + 1,
		Column: at - bytes.LastIndexByte(before, '\n'),
	}
}

func isName(c byte) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
