// label.go contains how an extension's id becomes a label of a host name, and
// back.

package isolation

import (
	"encoding/base32"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// Domain is what the host names of extensions end in. Browsers take every name
// below it to this machine, without asking anybody.
const Domain = "localhost"

// longest is what DNS allows for a label.
const longest = 63

// plain ids stay readable. A hyphen next to the dot, or at the end, would make
// a run of hyphens that could be read in two ways, or no valid label.
var plain = expression.WhenNeeded(`^[a-z0-9]+(-+[a-z0-9]+)*\.[a-z0-9]+(-+[a-z0-9]+)*$`)

// coded begins the label of an id that is not plain: in those of plain ones a
// hyphen stands alone, or in a run of an even length.
const coded = "x---"

var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Label gives the label that stands for an extension: `acme-hello` for
// `acme.hello`, with `--` for each hyphen of the id, and `x---` with base32 for
// ids in which that would be ambiguous or that have capitals or underscores,
// as names of hosts know no case. An id that is too long has none.
func Label(id string) (string, bool) {
	label := strings.ReplaceAll(strings.ReplaceAll(id, "-", "--"), ".", "-")
	if !plain().MatchString(id) || strings.HasPrefix(label, "xn--") {
		label = coded + alphabet.EncodeToString([]byte(id))
	}
	return label, id != "" && len(label) <= longest
}

// ID gives the id that label stands for; false for a label that stands for
// none. Case does not matter.
func ID(label string) (string, bool) {
	label = strings.ToLower(label)
	id := decode(label)
	back, ok := Label(id)
	return id, ok && back == label
}

func decode(label string) string {
	if rest, ok := strings.CutPrefix(label, coded); ok && !strings.HasPrefix(rest, "-") {
		id, err := alphabet.DecodeString(rest)
		if err != nil {
			return ""
		}
		return string(id)
	}
	const hyphen = "\x00" // in no host name
	label = strings.ReplaceAll(label, "--", hyphen)
	return strings.ReplaceAll(strings.ReplaceAll(label, "-", "."), hyphen, "-")
}

// Host gives the host name of an extension, without a port.
func Host(id string) (string, bool) {
	label, ok := Label(id)
	return label + "." + Domain, ok
}

// Extension gives the id of the extension whose host name this is.
func Extension(host string) (string, bool) {
	label, below := strings.CutSuffix(strings.ToLower(host), "."+Domain)
	if !below {
		return "", false
	}
	return ID(label)
}
