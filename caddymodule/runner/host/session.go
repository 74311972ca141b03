package host

// session.go is the way of every call: find the function, check capability,
// install and arguments, run it, fit the answer to the caller's error cases.

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// guestPackage is the one package whose interfaces are answered.
const guestPackage = "alga:extension"

// session answers one execution's calls.
type session struct {
	*Platform
	inv     Invocation
	log     *slog.Logger
	denials []string
	refused string // why the call that runs was refused; empty when it was not
	blanks  *blanks
}

// answer answers one call.
func (s *session) answer(ctx context.Context, call guest.Call) (any, error) {
	fn, ok := functions[call.Interface+"#"+call.Function]
	if !ok || call.Package != guestPackage {
		return s.unknown(call)
	}
	if reason := s.denial(fn); reason != "" {
		return s.deny(fn, call, reason)
	}
	if err := fn.check(call); err != nil {
		return nil, err
	}
	answer, err := fn.run(s, ctx, call.Args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call.Import, err)
	}
	return fit(call, answer)
}

// denial says why the invocation may not call fn, or nothing.
func (s *session) denial(fn function) string {
	if !s.inv.Granted[fn.capability] {
		return fn.capability + " is not declared; add it to the capabilities in manifest.json"
	}
	if fn.perInstall && s.inv.Context.InstallID == "" {
		return "the request names no installation (install_id), which this function works on"
	}
	return ""
}

func (s *session) deny(fn function, call guest.Call, reason string) (any, error) {
	if fn.capability != CapLogEmit { // a log line that may not be written is dropped in silence
		s.log.Warn("host call denied", "import", call.String(), "reason", reason)
		s.noteDenial(call.Interface+"#"+call.Function, reason)
	}
	if fn.denied != nil {
		return fn.denied(reason)
	}
	if code, ok := denialCase(call.ErrorCases); ok {
		return guest.Denied(code), nil
	}
	return nil, fmt.Errorf("%s: %s", call.Import, reason)
}

// unknown answers a call of a function that newer platforms may have.
func (s *session) unknown(call guest.Call) (any, error) {
	if code, ok := denialCase(call.ErrorCases); ok {
		const reason = "this runner does not have the function"
		s.log.Warn("host call denied", "import", call.String(), "reason", reason)
		s.noteDenial(call.Interface+"#"+call.Function, reason)
		return guest.Denied(code), nil
	}
	return nil, fmt.Errorf("%s: this runner does not have the function; "+
		"remove the call or run the extension on a platform that has it", call.Import)
}

// denialCase picks the error case that says "you may not".
func denialCase(cases []string) (string, bool) {
	for _, code := range []string{"denied", "not-allowed", "not-available"} {
		if slices.Contains(cases, code) {
			return code, true
		}
	}
	return "", false
}

// fit replaces an error case that the caller's interface does not have, as
// older subsets of it may not, by `internal`.
func fit(call guest.Call, answer any) (any, error) {
	result, ok := answer.(guest.Result)
	if !ok || !result.Err || len(call.ErrorCases) == 0 {
		return answer, nil
	}
	code, _ := result.Value.(string)
	if slices.Contains(call.ErrorCases, code) {
		return answer, nil
	}
	if slices.Contains(call.ErrorCases, "internal") {
		return guest.Denied("internal"), nil
	}
	return nil, fmt.Errorf("%s: %s", call.Import, code)
}

// Interface guard.
var _ guest.Host = (*session)(nil)
