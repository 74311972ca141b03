// prolog.go contains the part of an HTML tokenizer that finds where a
// document's first script can be. What may come before it is white space,
// comments, the doctype, and the tags <html> and <head>.

package livereload

import "strings"

// verdict says where the script's tag belongs, seen from the bytes that are
// held, the newest included.
type verdict int

const (
	hold    verdict = iota // the next byte tells
	pass                   // later than them
	before                 // before them
	after                  // after them
	nowhere                // this document is left alone
)

type section int

const (
	atStart     section = iota // where a byte order mark may be
	between                    // tags
	tagOpen                    // after "<"
	tagName                    // after "<" and a letter
	markup                     // after "<!"
	markupDash                 // after "<!-"
	comment                    // after "<!--"
	declaration                // a doctype, or what counts as a comment up to ">"
	attributes                 // within the tag <html> or <head>
)

// prolog reads the start of a document byte by byte.
type prolog struct {
	section section
	mark    string // the bytes that may be a byte order mark
	name    string // of the tag
	tail    string // the last characters of the comment, its "<!--" included
	attrs   attributeScan
}

// betweenTags reports whether what comes next is content, not the inside of a
// comment or tag. It is asked at the end of a document.
func (p *prolog) betweenTags() bool {
	return p.section == atStart || p.section == between || p.section == tagOpen || p.section == tagName
}

func (p *prolog) next(c byte) verdict {
	switch p.section {
	case atStart:
		return p.start(c)
	case between:
		return p.content(c)
	case tagOpen:
		return p.open(c)
	case tagName:
		return p.tag(c)
	case markup, markupDash:
		return p.markup(c)
	case comment:
		return p.comment(c)
	case declaration:
		if c == '>' {
			p.section = between
		}
		return pass
	default:
		return p.attribute(c)
	}
}

const utf8Mark = "\xef\xbb\xbf"

// start lets the UTF-8 byte order mark pass. One of UTF-16 outranks whatever
// charset the header names.
func (p *prolog) start(c byte) verdict {
	p.mark += string([]byte{c})
	switch p.mark {
	case utf8Mark:
		p.section = between
		return pass
	case "\xfe\xff", "\xff\xfe":
		return nowhere
	case "\xef", "\xef\xbb", "\xfe", "\xff":
		return hold
	}
	p.section = between
	if len(p.mark) > 1 {
		return before // text
	}
	return p.content(c)
}

func (p *prolog) content(c byte) verdict {
	switch {
	case isSpace(c):
		return pass
	case c == '<':
		p.section = tagOpen
		return hold
	default:
		return before
	}
}

func (p *prolog) open(c byte) verdict {
	switch {
	case c == '!':
		p.section = markup
		return pass
	case c == '?':
		p.section = declaration
		return pass
	case isLetter(c):
		p.section, p.name = tagName, lower(c)
		return hold
	default:
		return before // text, or an end tag
	}
}

// tag knows after a few letters whether it is one of the two tags.
func (p *prolog) tag(c byte) verdict {
	known := p.name == "html" || p.name == "head"
	switch {
	case known && c == '>':
		return p.tagEnd()
	case known && (isSpace(c) || c == '/'):
		p.section, p.attrs = attributes, attributeScan{}
		return pass
	}
	p.name += lower(c)
	if strings.HasPrefix("html", p.name) || strings.HasPrefix("head", p.name) {
		return hold
	}
	return before
}

func (p *prolog) tagEnd() verdict {
	if p.name == "head" {
		return after
	}
	p.section = between
	return pass
}

func (p *prolog) attribute(c byte) verdict {
	if p.attrs.endsTag(c) {
		return p.tagEnd()
	}
	return pass
}
