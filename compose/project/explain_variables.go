package project

import (
	"fmt"
	"strings"
)

// variableSayings are about ${NAME} and about what its value was meant to be.
var variableSayings = []saying{
	says(`error while interpolating (\S+): required variable (\S+) is missing a value(?:: (.*))?`, requiredVariable),
	says(`invalid interpolation format for (\S+)\.\n.*?\n(.*)`, badTemplate),
	says(`error while interpolating (\S+): failed to cast to expected type: (.*)`, badCast),
}

func requiredVariable(s *sources, m []string) Problem {
	p := s.problem(s.locate(m[1]), CodeVariableRequired)
	p.Message = fmt.Sprintf("variable %s has no value", m[2])
	if m[3] != "" {
		p.Message += " (" + m[3] + ")"
	}
	p.Fix = fmt.Sprintf("set %s in the environment, in %s or in .env", m[2], runnerEnvFile)
	return p
}

func badTemplate(s *sources, m []string) Problem {
	p := s.problem(s.locate(m[1]), CodeValue)
	p.Message = fmt.Sprintf("a variable cannot be replaced in %q", m[2])
	p.Fix = "write ${NAME}, or $$ for a dollar sign"
	return p
}

var castWords = []struct{ said, want string }{
	{"ParseInt", "a whole number"},
	{"Atoi", "a whole number"},
	{"ParseFloat", "a number"},
	{"invalid boolean", "true or false"},
}

func badCast(s *sources, m []string) Problem {
	at := s.locate(m[1])
	p := s.problem(at, CodeValue)
	p.Message = fmt.Sprintf("%s is of the wrong type: %s", p.Key, m[2])
	for _, word := range castWords {
		if strings.Contains(m[2], word.said) {
			p.Message = fmt.Sprintf("%s must be %s", p.Key, word.want)
		}
	}
	if at.complete() && at.value.Value != "" {
		p.Message += fmt.Sprintf(", not %q", s.substitute(at.value.Value))
	}
	return p
}
