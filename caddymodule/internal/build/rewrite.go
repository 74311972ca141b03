package build

import (
	"bytes"
	"html"
	"path"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// rewrite gives the page's text with the references to entries replaced by
// what they became; everything else keeps its bytes. styles are the
// stylesheets that came out of a script's imports, by the script's file.
func (p page) rewrite(outputs, styles map[string]string) []byte {
	var b bytes.Buffer
	at := 0
	for _, r := range p.refs {
		output := outputs[r.file]
		if output == "" {
			continue
		}
		b.Write(p.text[at:r.start])
		if style := styles[r.file]; style != "" {
			b.WriteString(`<link rel="stylesheet" href="` + html.EscapeString(p.relative(style)) + `">`)
		}
		b.Write(replaceValue(p.text[r.start:r.end], r.attribute, p.relative(output)+suffix(r.value)))
		at = r.end
	}
	b.Write(p.text[at:])
	return b.Bytes()
}

// relative gives the reference from the page to a bundle path.
func (p page) relative(target string) string {
	from := strings.Split(path.Dir(p.name), "/")
	to := strings.Split(target, "/")
	same := 0
	for same < len(from) && same < len(to)-1 && from[same] == to[same] {
		same++
	}
	return strings.Repeat("../", len(from)-same) + strings.Join(to[same:], "/")
}

// suffix gives the query and fragment of a reference.
func suffix(value string) string {
	if i := strings.IndexAny(value, "?#"); i >= 0 {
		return value[i:]
	}
	return ""
}

var attributes = expression.WhenNeeded(`[\s/"']([^\s"'<>/=]+)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)`)

// replaceValue replaces an attribute's value in the text of one tag.
func replaceValue(tag []byte, name, value string) []byte {
	for at := 0; ; {
		m := attributes().FindSubmatchIndex(tag[at:])
		if m == nil {
			return tag
		}
		if strings.EqualFold(string(tag[at+m[2]:at+m[3]]), name) {
			quoted := `"` + html.EscapeString(value) + `"`
			return append(append(bytes.Clone(tag[:at+m[4]]), quoted...), tag[at+m[5]:]...)
		}
		// The end of one value may be the border before the next name.
		at += m[5] - 1
		if tag[at] != '"' && tag[at] != '\'' {
			at++
		}
	}
}
