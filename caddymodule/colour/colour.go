// Package colour decides whether text for people gets colours. The commands
// and the log's encoder ask it; it calls nobody.
package colour

import "golang.org/x/term"

// On says whether to write colours to the file with that descriptor, which
// counts when the environment leaves the question open:
//
//   - NO_COLOR, not empty: never;
//   - FORCE_COLOR, neither empty nor 0: always;
//   - TERM=dumb: no;
//   - else wherever it is a terminal.
func On(getenv func(string) string, fd int) bool {
	switch force := getenv("FORCE_COLOR"); {
	case getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case force == "0" || getenv("TERM") == "dumb":
		return false
	}
	return fd >= 0 && term.IsTerminal(fd)
}
