package source

import (
	"bytes"

	"github.com/same-origin/devproxy/compose/expression"
)

// blank replaces what is not code in a script (comments, and the content of
// strings, templates and regular expressions) by spaces, so that what is
// found in the rest is code at the same offset. Code inside of templates is
// blanked too: it is better to overlook something than to warn of nothing.
func blank(js []byte) []byte {
	b := &blanker{js: js, out: bytes.Clone(js)}
	for b.at < len(js) {
		b.step()
	}
	return b.out
}

type blanker struct {
	js, out []byte
	at      int
	last    int // offset after the last piece of code that is no space
}

func (b *blanker) step() {
	switch c := b.js[b.at]; {
	case b.has("//"):
		b.erase(b.at, b.until("\n", 2))
	case b.has("/*"):
		b.erase(b.at, b.until("*/", 2))
	case c == '"' || c == '\'' || c == '`':
		b.quoted(c)
	case c == '/' && b.startsExpression():
		b.regularExpression()
	default:
		b.at++
		if !isSpace(c) {
			b.last = b.at
		}
	}
}

func (b *blanker) has(prefix string) bool { return bytes.HasPrefix(b.js[b.at:], []byte(prefix)) }

// until gives the offset after the next end, skipping some bytes first.
func (b *blanker) until(end string, skip int) int {
	from := min(b.at+skip, len(b.js))
	i := bytes.Index(b.js[from:], []byte(end))
	if i < 0 {
		return len(b.js)
	}
	return from + i + len(end)
}

// erase blanks a part and goes on behind it. Lines stay lines.
func (b *blanker) erase(from, to int) {
	for i := from; i < to; i++ {
		if b.out[i] != '\n' {
			b.out[i] = ' '
		}
	}
	b.at = to
}

// quoted blanks a string or template but not its quotes.
func (b *blanker) quoted(quote byte) {
	end := b.at + 1
	for end < len(b.js) && b.js[end] != quote {
		if b.js[end] == '\\' {
			end++
		}
		end++
	}
	b.erase(b.at+1, min(end, len(b.js)))
	b.at = min(end+1, len(b.js))
	b.last = b.at
}

// regularExpression blanks one whose first slash is next.
func (b *blanker) regularExpression() {
	end, inClass := b.at+1, false
	for end < len(b.js) && b.js[end] != '\n' && (inClass || b.js[end] != '/') {
		switch b.js[end] {
		case '\\':
			end++
		case '[':
			inClass = true
		case ']':
			inClass = false
		}
		end++
	}
	b.erase(b.at+1, min(end, len(b.js)))
	b.at = min(end+1, len(b.js))
	b.last = b.at
}

// beforeExpression matches code after which a slash begins a regular
// expression and does not divide.
var beforeExpression = expression.WhenNeeded(`(^|[-(,=:\[!&|?{};+*%<>~^]|\b(return|typeof|case|in|of|delete|void|throw|new|else|do))$`)

func (b *blanker) startsExpression() bool {
	const longest = 8 // keyword, and what stands before it
	return beforeExpression().Match(b.out[max(0, b.last-longest):b.last])
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
