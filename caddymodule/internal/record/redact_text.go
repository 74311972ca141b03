// redact_text.go contains how secrets are found in text, and by their names.

package record

import (
	"regexp"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// telling are parts of names that tell of a secret.
var telling = []string{
	"password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "accesskey", "privatekey", "authorization", "cookie",
	"sessionid", "credential", "signature", "jwt", "bearer", "cardnumber",
}

// exact are names that tell of one only by themselves.
var exact = map[string]bool{"auth": true, "session": true, "sid": true, "otp": true, "pin": true, "cvv": true, "cvc": true, "ssn": true, "sig": true}

// separators are what is written in many ways.
var separators = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

// plain is a name without them.
func plain(name string) string { return separators.Replace(strings.ToLower(name)) }

// secret says whether a name tells of a secret.
func (r *Redactor) secret(name string) bool {
	name = plain(name)
	if exact[name] || r.names[name] {
		return true
	}
	for _, part := range telling {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// named is the part of an expression that matches such names in text.
const named = `(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|session[_-]?id|credential|signature|jwt)`

// look is what a credential looks like.
type look struct {
	// hints are in lower case; text without any of them is not looked through,
	// since expressions are slow.
	hints   []string
	pattern func() *regexp.Regexp
	by      string // what is left of it
}

var hinted = []string{"pass", "pwd", "secret", "token", "key", "authorization", "session", "credential", "signature", "jwt"}

var looks = []look{
	{[]string{"private key-----"}, expression.WhenNeeded(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`), Blank},
	{[]string{"cookie"}, expression.WhenNeeded(`(?i)\b((?:set-)?cookie["']?\s*[:=]\s*)[^\r\n]+`), "${1}" + Blank},
	{hinted, expression.WhenNeeded(`(?i)(` + named + `[\w.-]*\\?["']?\s*[:=]\s*)(?:(?:bearer|basic|digest|token)\s+)?(?:\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|[^\s"'&<>,;}\])]+)`), "${1}" + Blank},
	{hinted, expression.WhenNeeded(`(?i)(<[\w:.-]*` + named + `[\w:.-]*[^>]*>)[^<]+`), "${1}" + Blank},
	{[]string{"bearer"}, expression.WhenNeeded(`(?i)\b(bearer\s+)[\w.~+/=-]{6,}`), "${1}" + Blank},
	{[]string{"eyj"}, expression.WhenNeeded(`\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*`), Blank},
	{[]string{"k_live_", "k_test_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "akia", "aiza"}, expression.WhenNeeded(`\b(?:[spr]k_(?:live|test)_\w{8,}|sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,})`), Blank},
	{[]string{"://"}, expression.WhenNeeded(`(://)[^/\s:@]*:[^/\s@]+@`), "${1}" + Blank + "@"},
}

// clean is text without secrets.
func (r *Redactor) clean(text string) string {
	if r.values != nil {
		text = r.values.Replace(text)
	}
	if !mayHint(text) {
		return text
	}
	lower := strings.ToLower(text)
	for _, l := range looks {
		if l.hinted(lower) {
			text = l.pattern().ReplaceAllString(text, l.by)
		}
	}
	return text
}

// hinted says whether text, in lower case, has one of the hints.
func (l look) hinted(lower string) bool {
	return slices.ContainsFunc(l.hints, func(hint string) bool { return strings.Contains(lower, hint) })
}

// text notes whether there was one.
func (d *redaction) text(where, text string) string {
	cleaned := d.clean(text)
	if cleaned != text {
		d.note(where)
	}
	return cleaned
}
