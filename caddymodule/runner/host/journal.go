package host

// journal.go tells an execution's journal of the calls: what they are about and
// how they ended, never what they carry.

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// Call answers one call; see [guest.Host].
func (s *session) Call(ctx context.Context, call guest.Call) (any, error) {
	if s.inv.Journal == nil || call.Interface == "logging" { // a line is journalled as a line
		return s.answer(ctx, call)
	}
	began := time.Now()
	s.refused = ""
	answer, err := s.answer(ctx, call)
	capability, _ := CapabilityOf(call.Import)
	entry := trace.Call{
		Function: call.Interface + "#" + call.Function, Capability: capability, Target: s.hidden(targetOf(call)),
		Outcome: s.hidden(outcomeOf(answer, err)), Reason: s.hidden(s.refused), Note: s.hidden(noteOf(call, answer)),
	}
	if s.refused != "" {
		entry.Outcome = trace.Denied
	}
	s.inv.Journal.Call(began, entry)
	return answer, err
}

// targetOf is what the call is about. Queries of URLs are left out, as they
// may hold secrets.
func targetOf(call guest.Call) string {
	var texts []string
	for _, arg := range call.Args {
		switch value := arg.(type) {
		case string:
			texts = append(texts, value)
		case guest.Record:
			texts = append(texts, targetOfRecord(call.Interface, value))
		}
	}
	separator := " "
	if call.Interface == "storage" {
		separator = "/"
	}
	target := strings.Join(texts, separator)
	if call.Interface == "ui-proxy" {
		target, _, _ = strings.Cut(target, "?")
	}
	return target
}

func targetOfRecord(of string, record guest.Record) string {
	text := func(name string) string { value, _ := field[string](record, name); return value }
	switch of {
	case "storage":
		return text("namespace") + "/" + text("key")
	case "http":
		u, err := url.Parse(text("url"))
		if err != nil {
			return "(no URL)"
		}
		return strings.ToUpper(text("method")) + " " + u.Scheme + "://" + u.Host + u.EscapedPath()
	}
	return ""
}

func outcomeOf(answer any, err error) string {
	result, ok := answer.(guest.Result)
	switch {
	case err != nil:
		return "failed"
	case ok && result.Err:
		return fmt.Sprint(result.Value)
	}
	return "ok"
}

// noteOf is the status of what was fetched.
func noteOf(call guest.Call, answer any) string {
	result, _ := answer.(guest.Result)
	fetched, ok := result.Value.(guest.Record)
	if !ok || call.Interface != "http" {
		return ""
	}
	body, _ := field[[]byte](fetched, "body")
	return fmt.Sprintf("%v, %d bytes", fetched["status"], len(body))
}

// journalLine tells of a line that the guest logs.
func (s *session) journalLine(level slog.Level, line string) {
	s.inv.Journal.Line(strings.ToLower(level.String()), line)
}
