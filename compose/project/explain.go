package project

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/errdefs"

	"github.com/same-origin/devproxy/compose/expression"
)

// explain turns an error of compose-go into problems with places. What it says
// without a path is looked for in the files; what is not recognised keeps its
// words and gets the first file.
func (l *loading) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("loading the compose files: %w", ctx.Err())
	}
	if ours := new(LoadError); errors.As(err, &ours) {
		return ours
	}
	problems := l.sources.unknownKeys()
	unknown := len(problems) > 0
	for _, said := range sayings(err) {
		if unknown && unknownKey().MatchString(said) {
			continue
		}
		problems = append(problems, l.sources.explain(said))
	}
	return fail(ordered(problems)...)
}

var unknownKey = expression.WhenNeeded(` (false schema|additional properties .* not allowed)$`)

// sayings are the single messages of an error: compose-go joins those of
// interpolation, and lists those of decoding under a heading.
func sayings(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []string
		for _, e := range joined.Unwrap() {
			list = append(list, sayings(e)...)
		}
		return list
	}
	said := strings.TrimSuffix(err.Error(), ": "+errdefs.ErrInvalid.Error())
	said = validating().ReplaceAllString(said, "")
	if list, ok := strings.CutPrefix(said, "decoding failed due to the following error(s):\n"); ok {
		return strings.Split(strings.TrimSpace(list), "\n")
	}
	return []string{said}
}

// validating names the file that was merged last, which need not be the one
// that is wrong.
var validating = expression.WhenNeeded(`^validating .+?: `)

// saying is a message of compose-go and what it means.
type saying struct {
	pattern func() *regexp.Regexp
	explain func(s *sources, m []string) Problem
}

func (s *sources) explain(said string) Problem {
	for _, known := range allSayings() {
		if m := known.pattern().FindStringSubmatch(said); m != nil {
			return known.explain(s, m)
		}
	}
	return s.ofProject(CodeInvalid, said, "")
}

// ofProject is a problem that no line can be blamed for.
func (s *sources) ofProject(code, message, fix string) Problem {
	return Problem{File: shown(s.dir, s.main), Code: code, Message: message, Fix: fix}
}

func allSayings() []saying {
	var all []saying
	for _, group := range [][]saying{syntaxSayings, variableSayings, referenceSayings, fileSayings, valueSayings} {
		all = append(all, group...)
	}
	return all
}

func says(pattern string, explain func(s *sources, m []string) Problem) saying {
	return saying{expression.WhenNeeded(`(?s)^` + pattern + `$`), explain}
}

// wrong is a problem at a path.
func (s *sources) wrong(path []string, code, fix, message string, args ...any) Problem {
	p := s.problem(s.locateParts(path), code)
	p.Message, p.Fix = fmt.Sprintf(message, args...), fix
	return p
}

func ofService(name string, key ...string) []string {
	return append([]string{"services", name}, key...)
}
