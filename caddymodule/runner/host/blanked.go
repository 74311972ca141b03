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

// blanked is text without the values of the invocation's secrets.
func (s *session) blanked(text string) string {
	if len(s.inv.Secrets) == 0 {
		return text
	}
	if s.blanks == nil {
		s.blanks = blanksOf(s.inv.Secrets)
	}
	return s.blanks.Replace(text)
}

// blanksOf also knows the lines of a value that has several, such as a key in
// PEM: a guest's console writes them one by one.
func blanksOf(secrets map[string]string) *strings.Replacer {
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
	pairs := make([]string, 0, 2*len(values))
	for _, value := range values {
		pairs = append(pairs, value, blank)
	}
	return strings.NewReplacer(pairs...)
}
