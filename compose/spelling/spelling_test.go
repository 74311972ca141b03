package spelling

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNearest_is_what_was_meant(t *testing.T) {
	for _, c := range []struct {
		name, word string
		known      []string
		want       string
	}{
		{"two letters are swapped", "ture", []string{"false", "true"}, "true"},
		{"the closest wins", "prots", []string{"pots", "ports", "prot"}, "pots"},
		{"the closest wins, wherever it stands", "images", []string{"imgs", "image"}, "image"},
		{"three letters of seven are too many", "embears", []string{"embed"}, ""},
		{"three letters of nine are not", "extnsoins", []string{"extensions"}, "extensions"},
		{"nothing is left of a short word", "x", []string{"a", "on"}, ""},
		{"nothing is left of a short candidate", "xox", []string{"on"}, ""},
		{"letters, not bytes", "ünö", []string{"uno"}, "uno"},
		{"nothing was said", "", []string{"a"}, ""},
		{"nothing is known", "a", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, Nearest(c.word, c.known)) })
	}
}
