package project

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// syntaxSayings are about YAML itself, and about a file that is no compose file.
var syntaxSayings = []saying{
	says(`failed to parse (.+?): yaml: (.*)`, badYAML),
	says(`top-level object must be a mapping`, notACompose),
	says(`empty compose file`, notACompose),
	says(`non-string key in (\S+): (.*)`, func(s *sources, m []string) Problem {
		return s.wrong(append(s.joined(pathOf(m[1])), m[2]), CodeSyntax, "write it in quotes", "key %s is not a text", m[2])
	}),
	says("`include` must be a list, got .*", func(s *sources, _ []string) Problem {
		return s.wrong([]string{"include"}, CodeValue, "write each file as \"- FILE\"", "include must be a list")
	}),
}

func notACompose(s *sources, _ []string) Problem {
	return s.ofProject(CodeSyntax, "no compose file: its top level is not a mapping with services", "start it with \"services:\"")
}

var (
	duplicateKey = expression.WhenNeeded(`line (\d+): mapping key "(.+?)" already defined at line (\d+)`)
	yamlLine     = expression.WhenNeeded(`\bline (\d+)(?:, column (\d+))?:`)
)

func badYAML(s *sources, m []string) Problem {
	p := Problem{File: shown(s.dir, m[1]), Code: CodeSyntax}
	if d := duplicateKey().FindStringSubmatch(m[2]); d != nil {
		p.Line, _ = strconv.Atoi(d[1])
		p.Message = fmt.Sprintf("key %q stands already in line %s", d[2], d[3])
		p.Fix = "remove one of the two"
		return p
	}
	p.Message = m[2]
	// The parser names where it began, then where it stopped: that is the place.
	if all := yamlLine().FindAllStringSubmatchIndex(m[2], -1); all != nil {
		last := all[len(all)-1]
		p.Line, _ = strconv.Atoi(m[2][last[2]:last[3]])
		if last[4] >= 0 {
			p.Column, _ = strconv.Atoi(m[2][last[4]:last[5]])
		}
		p.Message = strings.TrimSpace(m[2][last[1]:])
	}
	p.Message = "not valid YAML: " + p.Message
	p.Fix = yamlFix(p.Message)
	return p
}

func yamlFix(message string) string {
	switch {
	case strings.Contains(message, "tab character"):
		return "indent with spaces"
	case strings.Contains(message, "unknown anchor"):
		return "define it with & above its use"
	}
	return "compare the indentation with the lines above"
}
