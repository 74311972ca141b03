package workshop

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// codeSecret is of a secret that this process has not got.
const codeSecret = "build_secret_missing"

// hidden stands where a secret was printed.
const hidden = "***"

// secrets are the variables of this process that a build gets, by name.
type secrets map[string]string

// secrets reads those of the container. One that is not set, or empty, is a
// problem: the build would fail for a reason that is harder to find.
func (r *room) secrets() (secrets, error) {
	found := secrets{}
	for _, name := range r.container.Secrets {
		value := os.Getenv(name)
		if value == "" {
			return nil, &build.Error{Problem: event.Problem{
				Code: codeSecret, Message: "the build needs " + name + ", which is not set where devproxy was started",
				Fix: "start devproxy with " + name + " in its environment, or take it out of `secret` in the block of build_container",
			}}
		}
		found[name] = value
	}
	return found, nil
}

// credentials are what the worker is given beyond its image's environment.
func (s secrets) credentials() func(context.Context) (map[string]string, error) {
	if len(s) == 0 {
		return nil
	}
	return func(context.Context) (map[string]string, error) { return s, nil }
}

// shortLine is what a line of several must have at least to be hidden: the braces
// of a key in JSON give nothing away, and every program prints some.
const shortLine = 4

// hider takes the secrets out of printed lines: logs and the overlay show those. A
// secret of several lines is hidden line by line.
func (s secrets) hider() *strings.Replacer {
	var values []string
	for _, value := range s {
		value = strings.TrimSpace(value)
		several := strings.Contains(value, "\n")
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); line != "" && (!several || len(line) >= shortLine) {
				values = append(values, line)
			}
		}
	}
	// One that begins with another is hidden as a whole.
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, value := range values {
		pairs = append(pairs, value, hidden)
	}
	return strings.NewReplacer(pairs...)
}
