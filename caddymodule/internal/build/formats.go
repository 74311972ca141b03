package build

import (
	"regexp"
	"sync"
)

// A place in a file, as the tools print it at the start of a line. The file
// must have an extension, or times and ports would look like places.
const place = `((?:[A-Za-z]:)?[^\s:()'"]*[^\s:()'"/\\]\.\w+)`

var (
	headline  = whenNeeded(`^(?:[✘▲✗X]\s+)?\[(ERROR|WARNING)\]\s+(.+)$`)
	placeOnly = whenNeeded(`^\s+` + place + `:(\d+):(\d+):$`)
	tscPlain  = whenNeeded(`^` + place + `\((\d+),(\d+)\): (error|warning) (TS\d+: .+)$`)
	tscPretty = whenNeeded(`^` + place + `:(\d+):(\d+) - (error|warning) (TS\d+: .+)$`)
	rollup    = whenNeeded(`^(?:\[[\w:-]+\] )?` + place + ` \((\d+):(\d+)\): (.+)$`)
	rollupAt  = whenNeeded(`^\s*(?:file: |at )?` + place + `:(\d+):(\d+)$`)
	plain     = whenNeeded(`^(?:\[[\w:-]+\] )?` + place + `:(\d+):(?:(\d+):)? +(?:(?i:(error|warning|note)):? +)?(.+)$`)
	bracketed = whenNeeded(`^(?:\w*Error: )?(.+) \(` + place + `:(\d+):(\d+)\)$`)
	errorLine = whenNeeded(`(?i)error\b|\bfailed\b|\bnot found\b|\bcannot\b`)
)

// whenNeeded compiles an expression at its first use: most starts need none.
func whenNeeded(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
