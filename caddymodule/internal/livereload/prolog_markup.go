package livereload

import "strings"

// markup reads what follows "<!".
func (p *prolog) markup(c byte) verdict {
	switch {
	case c == '-' && p.section == markup:
		p.section = markupDash
	case c == '-':
		p.section, p.tail = comment, "<!--"
	case c == '>':
		p.section = between
	default:
		p.section = declaration
	}
	return pass
}

// comment ends with "-->" or "--!>"; "<!-->" and "<!--->" are whole ones.
func (p *prolog) comment(c byte) verdict {
	p.tail = p.tail[max(0, len(p.tail)-4):] + string([]byte{c})
	for _, end := range []string{"-->", "--!>", "<!-->", "<!--->"} {
		if strings.HasSuffix(p.tail, end) {
			p.section = between
		}
	}
	return pass
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func lower(c byte) string { return strings.ToLower(string([]byte{c})) }
