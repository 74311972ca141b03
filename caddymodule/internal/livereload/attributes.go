package livereload

// attributeScan finds the end of a tag, which is no ">" within a quoted value.
// A quote opens a value only right after "=".
type attributeScan struct {
	inside part
}

type part int

const (
	gap          part = iota // before an attribute
	name                     // of an attribute
	afterName                // and white space
	valueStart               // after "="
	doubleQuoted             // value
	singleQuoted             // value
	unquoted                 // value
)

// endsTag takes the next byte, and reports whether the tag ends with it.
func (a *attributeScan) endsTag(c byte) bool {
	switch a.inside {
	case doubleQuoted, singleQuoted:
		if (a.inside == doubleQuoted && c == '"') || (a.inside == singleQuoted && c == '\'') {
			a.inside = gap
		}
		return false
	case valueStart:
		return a.value(c)
	}
	switch {
	case c == '>':
		return true
	case a.inside == unquoted:
		if isSpace(c) {
			a.inside = gap
		}
	case c == '/':
		a.inside = gap
	case c == '=' && a.inside != gap:
		a.inside = valueStart
	case isSpace(c):
		if a.inside == name {
			a.inside = afterName
		}
	default:
		a.inside = name
	}
	return false
}

func (a *attributeScan) value(c byte) bool {
	switch {
	case c == '>':
		return true
	case isSpace(c):
	case c == '"':
		a.inside = doubleQuoted
	case c == '\'':
		a.inside = singleQuoted
	default:
		a.inside = unquoted
	}
	return false
}
