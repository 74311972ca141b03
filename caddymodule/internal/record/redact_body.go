// redact_body.go contains how secrets are found in bodies.

package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// body blanks what Text holds. What cannot be looked through is left out: a
// secret might be in it.
func (d *redaction) body(where, contentType string, b *runnerstatus.Body) {
	if b == nil || b.Left != "" {
		return
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		leave(b, "multipart")
	case !utf8.ValidString(b.Text) || strings.ContainsRune(b.Text, 0):
		leave(b, "binary")
	case json.Valid([]byte(b.Text)):
		b.Text = d.json(where, b.Text)
	case kind == "application/x-www-form-urlencoded":
		b.Text = d.form(where, b.Text)
	default:
		b.Text = d.text(where, b.Text)
	}
}

func leave(b *runnerstatus.Body, why string) { b.Text, b.Left = "", why }

// form keeps the text as it is when there is nothing to blank.
func (d *redaction) form(where, text string) string {
	before := len(d.at)
	var out []string
	for field := range strings.SplitSeq(text, "&") {
		name, value, paired := strings.Cut(field, "=")
		clear, err := url.QueryUnescape(name)
		content, err2 := url.QueryUnescape(value)
		switch {
		case err != nil || err2 != nil:
			field = d.text(where, field)
		case d.secret(clear) && value != "":
			d.note(where + "." + clear)
			field = name + "=" + url.QueryEscape(Blank)
		case d.clean(content) != content || d.clean(clear) != clear:
			d.note(where)
			field = url.QueryEscape(d.clean(clear))
			if paired {
				field += "=" + url.QueryEscape(d.clean(content))
			}
		}
		out = append(out, field)
	}
	if len(d.at) == before {
		// a secret may stand across fields
		return d.text(where, text)
	}
	return d.clean(strings.Join(out, "&"))
}

// json keeps the text as it is when there is nothing to blank. It goes through
// the tokens, so that of a field that is there twice both are seen.
func (d *redaction) json(where, text string) string {
	if d.harmless(text) {
		return text
	}
	before := len(d.at)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var out bytes.Buffer
	d.value(decoder, &out, where)
	if len(d.at) == before {
		return text
	}
	return out.String()
}

// value copies one value. The text is valid, so the decoder cannot fail.
func (d *redaction) value(from *json.Decoder, to *bytes.Buffer, where string) {
	token, _ := from.Token()
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			d.object(from, to, where)
			return
		}
		to.WriteByte('[')
		for i := 0; from.More(); i++ {
			separate(to, i)
			d.value(from, to, fmt.Sprintf("%s[%d]", where, i))
		}
		_, _ = from.Token()
		to.WriteByte(']')
	case string:
		to.Write(encoded(d.text(where, token)))
	case json.Number:
		text := d.text(where, token.String())
		if text != token.String() {
			to.Write(encoded(text))
			return
		}
		to.WriteString(text)
	default:
		to.Write(encoded(token))
	}
}

func (d *redaction) object(from *json.Decoder, to *bytes.Buffer, where string) {
	to.WriteByte('{')
	for i := 0; from.More(); i++ {
		separate(to, i)
		token, _ := from.Token()
		name := token.(string)
		shown := d.text(where, name)
		to.Write(encoded(shown))
		to.WriteByte(':')
		if !d.secret(name) {
			d.value(from, to, where+"."+shown)
			continue
		}
		var raw json.RawMessage
		_ = from.Decode(&raw)
		switch string(raw) {
		case "null", "true", "false", `""`:
			to.Write(raw)
		default:
			d.note(where + "." + shown)
			to.Write(encoded(Blank))
		}
	}
	_, _ = from.Token()
	to.WriteByte('}')
}

func separate(to *bytes.Buffer, i int) {
	if i > 0 {
		to.WriteByte(',')
	}
}

// encoded is a token as JSON.
func encoded(token any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(token) // strings, booleans and null only
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
