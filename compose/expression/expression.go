// Package expression has regular expressions compiled when they are needed.
// Compiling those that most starts never use would take longer than all else
// that our packages do before main, and hold half a megabyte. Every storey calls
// it; it calls nobody.
package expression

import (
	"regexp"
	"sync"
)

// WhenNeeded gives the expression, which its first call compiles. Several
// goroutines may call it. It panics, always, where regexp.MustCompile would.
func WhenNeeded(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
