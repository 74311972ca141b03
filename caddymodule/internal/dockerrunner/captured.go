package dockerrunner

import (
	"unicode/utf16"
	"unicode/utf8"
)

// captured is the beginning of what a command wrote, as text: whole characters,
// counted as JavaScript does.
type captured struct {
	text []byte
	size int // in UTF-16 units, of the whole characters in text
	open int // bytes at the end of text that are the beginning of a character
	full bool
}

func (c *captured) add(p []byte) {
	if c.full {
		return
	}
	// No more bytes than this can still count.
	p = p[:min(len(p), utf8.UTFMax*(capturedChars+1))]
	c.text = append(c.text, p...)
	at := len(c.text) - len(p) - c.open
	for at < len(c.text) && utf8.FullRune(c.text[at:]) {
		r, bytes := utf8.DecodeRune(c.text[at:])
		if c.size+utf16.RuneLen(r) > capturedChars {
			c.text, c.full = c.text[:at], true
			break
		}
		c.size += utf16.RuneLen(r)
		at += bytes
	}
	c.open = len(c.text) - at
}

// bytes is the text, with what is no UTF-8 replaced.
func (c *captured) bytes() []byte { return []byte(string([]rune(string(c.text)))) }
