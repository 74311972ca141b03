package host

import (
	"maps"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/secrets"
)

// blank stands where a secret was.
const blank = "[redacted]"

// blanks knows the values that are to be blanked.
type blanks struct {
	words    []string
	replacer *strings.Replacer
	forms    *strings.Replacer // however they are written; nil until needed
	longest  int               // bytes
}

// Blanked is text without the values of the invocation's secrets; see
// [guest.Blanker].
func (s *session) Blanked(text string, more bool) string {
	if len(s.inv.Secrets) == 0 {
		return text
	}
	text = s.known().replacer.Replace(text)
	if more { // any but the last byte of a secret may be the end
		text = text[:max(0, len(text)-max(0, s.blanks.longest-1))]
	}
	return text
}

// hidden is text about a call without those values, which stand in URLs in
// other ways.
func (s *session) hidden(text string) string {
	if len(s.inv.Secrets) == 0 {
		return text
	}
	b := s.known()
	if b.forms == nil {
		b.forms = secrets.Replacer(secrets.Forms(b.words), blank)
	}
	return b.forms.Replace(text)
}

func (s *session) known() *blanks {
	if s.blanks == nil {
		s.blanks = blanksOf(s.inv.Secrets)
	}
	return s.blanks
}

func blanksOf(values map[string]string) *blanks {
	words := secrets.Words(maps.Values(values))
	b := &blanks{words: words, replacer: secrets.Replacer(words, blank)}
	if len(words) > 0 {
		b.longest = len(words[0])
	}
	return b
}
