package caddymodule

import (
	"fmt"
	"strings"

	"github.com/same-origin/devproxy/compose/spelling"
)

// didYouMean names the known word that is closest to word, or all of them
// when none is close.
func didYouMean(word string, known []string) string {
	if near := spelling.Nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; known: " + strings.Join(known, ", ")
}
