package host

import (
	"slices"
	"strings"
)

const (
	// blank stands where a secret was.
	blank = "[redacted]"
	// shortestSecret is the length from which on a value is blanked, and longest
	// of its parts; shorter ones stand in too many words.
	shortestSecret, shortestPart = 4, 12
)

// blanks knows the values that are to be blanked.
type blanks struct {
	replacer *strings.Replacer
	longest  int // bytes
}

// Blanked is text without the values of the invocation's secrets; see
// [guest.Blanker].
func (s *session) Blanked(text string, more bool) string {
	if len(s.inv.Secrets) == 0 {
		return text
	}
	if s.blanks == nil {
		s.blanks = blanksOf(s.inv.Secrets)
	}
	text = s.blanks.replacer.Replace(text)
	if more { // any but the last byte of a secret may be the end
		text = text[:max(0, len(text)-max(0, s.blanks.longest-1))]
	}
	return text
}

// blanksOf also knows the lines of a value that has several, such as a key in
// PEM: a guest's console writes them one by one.
func blanksOf(secrets map[string]string) *blanks {
	var values []string
	for _, value := range secrets {
		if len(value) >= shortestSecret {
			values = append(values, value)
		}
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= shortestPart {
				values = append(values, line)
			}
		}
	}
	// of two that begin alike the longer one is the secret
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	all, pairs := &blanks{}, make([]string, 0, 2*len(values))
	for _, value := range values {
		all.longest = max(all.longest, len(value))
		pairs = append(pairs, value, blank)
	}
	all.replacer = strings.NewReplacer(pairs...)
	return all
}
