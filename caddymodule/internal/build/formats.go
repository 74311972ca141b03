package build

import "regexp"

// A place in a file, as the tools print it at the start of a line. The file
// must have an extension, or times and ports would look like places.
const place = `((?:[A-Za-z]:)?[^\s:()'"]*[^\s:()'"/\\]\.\w+)`

var (
	headline  = regexp.MustCompile(`^(?:[✘▲✗X]\s+)?\[(ERROR|WARNING)\]\s+(.+)$`)
	placeOnly = regexp.MustCompile(`^\s+` + place + `:(\d+):(\d+):$`)
	tscPlain  = regexp.MustCompile(`^` + place + `\((\d+),(\d+)\): (error|warning) (TS\d+: .+)$`)
	tscPretty = regexp.MustCompile(`^` + place + `:(\d+):(\d+) - (error|warning) (TS\d+: .+)$`)
	rollup    = regexp.MustCompile(`^(?:\[[\w:-]+\] )?` + place + ` \((\d+):(\d+)\): (.+)$`)
	rollupAt  = regexp.MustCompile(`^\s*(?:file: |at )?` + place + `:(\d+):(\d+)$`)
	plain     = regexp.MustCompile(`^(?:\[[\w:-]+\] )?` + place + `:(\d+):(?:(\d+):)? +(?:(?i:(error|warning|note)):? +)?(.+)$`)
	bracketed = regexp.MustCompile(`^(?:\w*Error: )?(.+) \(` + place + `:(\d+):(\d+)\)$`)
	errorLine = regexp.MustCompile(`(?i)error\b|\bfailed\b|\bnot found\b|\bcannot\b`)
)
