package record

import (
	"maps"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/secrets"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Blank stands where a secret was.
const Blank = "[redacted]"

// Redactor blanks secrets: values that are known, what stands under a name
// that tells of a secret, and what looks like a credential. It would rather
// blank too much. The zero value knows no values and no names of its own.
type Redactor struct {
	values *strings.Replacer
	names  map[string]bool
}

// NewRedactor knows the values of secrets and the names that they have.
func NewRedactor(values, names []string) *Redactor {
	r := &Redactor{names: map[string]bool{}}
	words := secrets.Words(slices.Values(values))
	r.values = secrets.Replacer(secrets.Forms(words), Blank)
	for _, name := range names {
		r.names[plain(name)] = true
	}
	return r
}

// redaction blanks one record and notes where.
type redaction struct {
	*Redactor
	at []string
}

// Execute blanks e in place.
func (r *Redactor) Execute(e *runnerstatus.Execute) {
	d := &redaction{Redactor: r}
	e.Request.Path = d.text("request.path", e.Request.Path)
	e.Request.Query = d.pairs("request.query.", e.Request.Query)
	e.Request.Headers = d.pairs("request.headers.", e.Request.Headers)
	d.body("request.body", header(e.Request.Headers, "content-type"), e.Request.Body)
	d.answer(&e.Answer)
	if e.Trace != nil {
		d.trace(e.Trace)
	}
	e.Redacted = d.at
}

// Text is text without secrets.
func (r *Redactor) Text(text string) string { return r.clean(text) }

// Answer blanks a in place.
func (r *Redactor) Answer(a *runnerstatus.Answer) { (&redaction{Redactor: r}).answer(a) }

func (d *redaction) answer(a *runnerstatus.Answer) {
	kind, encoded := header(a.Headers, "content-type"), header(a.Headers, "content-encoding") != ""
	a.Headers = d.pairs("answer.headers.", a.Headers)
	a.Error = d.text("answer.error", a.Error)
	if encoded && a.Body != nil {
		leave(a.Body, "encoded")
	}
	d.body("answer.body", kind, a.Body)
	if a.Body != nil && a.Body.Left == "" {
		a.Body.SHA256 = "" // of what a secret may be part
	}
}

func header(headers map[string]string, name string) string {
	for key, value := range headers {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

func (d *redaction) trace(t *trace.Trace) {
	for i := range t.Calls {
		c := &t.Calls[i]
		c.Target, c.Reason, c.Note = d.text("trace", c.Target), d.text("trace", c.Reason), d.text("trace", c.Note)
	}
	for i := range t.Lines {
		t.Lines[i].Text = d.text("trace", t.Lines[i].Text)
	}
}

// pairs blanks values by their names, and otherwise by what they are.
func (d *redaction) pairs(where string, in map[string]string) map[string]string {
	if in == nil {
		return nil
	}
	out := make(map[string]string, len(in))
	for _, name := range slices.Sorted(maps.Keys(in)) {
		value := in[name]
		// a name may be a secret, too: of a link that ends in ?TOKEN
		shown := d.text(where+"…", name)
		if d.secret(name) && value != "" {
			d.note(where + shown)
			value = Blank
		}
		out[shown] = d.text(where+shown, value)
	}
	return out
}

func (d *redaction) note(where string) {
	if !slices.Contains(d.at, where) {
		d.at = append(d.at, where)
	}
}
