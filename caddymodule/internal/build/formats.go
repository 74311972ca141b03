package build

import "github.com/same-origin/devproxy/compose/expression"

// A place in a file, as the tools print it at the start of a line. The file
// must have an extension, or times and ports would look like places.
const place = `((?:[A-Za-z]:)?[^\s:()'"]*[^\s:()'"/\\]\.\w+)`

var (
	headline  = expression.WhenNeeded(`^(?:[✘▲✗X]\s+)?\[(ERROR|WARNING)\]\s+(.+)$`)
	placeOnly = expression.WhenNeeded(`^\s+` + place + `:(\d+):(\d+):$`)
	tscPlain  = expression.WhenNeeded(`^` + place + `\((\d+),(\d+)\): (error|warning) (TS\d+: .+)$`)
	tscPretty = expression.WhenNeeded(`^` + place + `:(\d+):(\d+) - (error|warning) (TS\d+: .+)$`)
	rollup    = expression.WhenNeeded(`^(?:\[[\w:-]+\] )?` + place + ` \((\d+):(\d+)\): (.+)$`)
	rollupAt  = expression.WhenNeeded(`^\s*(?:file: |at )?` + place + `:(\d+):(\d+)$`)
	plain     = expression.WhenNeeded(`^(?:\[[\w:-]+\] )?` + place + `:(\d+):(?:(\d+):)? +(?:(?i:(error|warning|note)):? +)?(.+)$`)
	bracketed = expression.WhenNeeded(`^(?:\w*Error: )?(.+) \(` + place + `:(\d+):(\d+)\)$`)
	errorLine = expression.WhenNeeded(`(?i)error\b|\bfailed\b|\bnot found\b|\bcannot\b`)
)
