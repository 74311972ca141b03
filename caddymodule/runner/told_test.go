package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// heard is a host that keeps the lines that it is sent, and what else is asked.
type heard []string

func (h *heard) Call(_ context.Context, call guest.Call) (any, error) {
	*h = append(*h, fmt.Sprint(call.Function, call.Args))
	return nil, errors.New("no answer")
}

// printing is a program that makes calls and ends with an error.
type printing struct {
	guest.Program
	calls []guest.Call
	err   error
}

func (p printing) Run(ctx context.Context, _ guest.Request, host guest.Host, _ guest.Limits) (guest.Response, error) {
	for _, call := range p.calls {
		_, _ = host.Call(ctx, call)
	}
	return guest.Response{}, p.err
}

func TestAccount_holds_back_what_the_error_says_and_nothing_else(t *testing.T) {
	thrown := &guest.TrapError{Kind: guest.TrapGuest, Message: "uncaught exception: no luck\nStack:\n  deep@handler.js:1:2"}
	lines := []string{"no luck", "Stack:", "  deep@handler.js:1:2", "  further@handler.js:9:9"}
	for name, c := range map[string]struct {
		printed []string // to the standard error; a "#" before it asks for something else
		err     error
		heard   string
	}{
		"an exception":                 {lines, thrown, ""},
		"lines before an exception":    {append([]string{"before"}, lines...), thrown, "log-error[before]"},
		"no exception":                 {[]string{"a", "b"}, nil, "log-error[a] log-error[b]"},
		"other lines than it says":     {[]string{"a"}, thrown, "log-error[a]"},
		"a guest that is out of time":  {lines[:1], &guest.TrapError{Kind: guest.TrapTimeout, Message: "no luck"}, "log-error[no luck]"},
		"the order of all that it did": {[]string{"a", "#get", "b", "#put"}, nil, "log-error[a] get[] log-error[b] put[]"},
		"what it said before it asked": {[]string{"no luck", "#get"}, thrown, "log-error[no luck] get[]"},
	} {
		t.Run(name, func(t *testing.T) {
			p := printing{err: c.err}
			for _, line := range c.printed {
				call := guest.Call{Import: guest.Import{Interface: "logging", Function: "log-error"}, Args: []any{line}}
				if function, other := strings.CutPrefix(line, "#"); other {
					call = guest.Call{Import: guest.Import{Interface: "storage", Function: function}}
				}
				p.calls = append(p.calls, call)
			}
			var h heard
			_, err := (&account{Host: &h}).run(t.Context(), p, guest.Request{}, guest.Limits{})
			assert.Equal(t, c.err, err)
			assert.Equal(t, c.heard, strings.Join(h, " "))
		})
	}
}
