package record

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/trace"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// BenchmarkRedact is what recording costs, away from the request.
func BenchmarkRedact(b *testing.B) {
	r := NewRedactor([]string{"a-secret-of-32-characters-at-all", "another-secret"}, nil)
	for name, body := range map[string]string{
		"small": `{"greeting":"Hello, Ada!","count":1,"recent":["Ada"]}`,
		"64KiB": `{"items":["` + strings.Repeat(`some words of text","`, 64<<10/21) + `"]}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				e := runnerstatus.Execute{Request: runnerstatus.Request{Path: "/greet", Headers: map[string]string{"accept": "*/*"}}, Answer: runnerstatus.Answer{Body: BodyOf([]byte(body))}}
				r.Execute(&e)
			}
		})
	}
}

// BenchmarkKeep is a call's whole way into the record: what it shares is copied,
// blanked, encoded and written.
func BenchmarkKeep(b *testing.B) {
	s, err := Open(b.TempDir())
	require.NoError(b, err)
	defer s.Close()
	s.Hide([]string{"a-secret-of-32-characters-at-all", "another-secret"}, nil)
	e := runnerstatus.Execute{
		ID: "0193c5b2-7d1e-7c33-9a5e-2f6d8c1b4a90", Extension: "acme.hello", Tenant: "local", Build: "0123456789ab", Time: time.Unix(1, 0).UTC(), MS: 3.2,
		Request: runnerstatus.Request{
			Method: "POST", Path: "/greet", Query: map[string]string{"page": "2"}, Body: BodyOf([]byte(`{"name":"Ada"}`)),
			Headers: map[string]string{"accept": "*/*", "accept-language": "en-GB,en;q=0.9", "content-type": "application/json", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"},
		},
		Answer: runnerstatus.Answer{Status: 200, Headers: map[string]string{"content-type": "application/json"}, Body: AnswerBodyOf([]byte(`{"greeting":"Hello, Ada!","count":1,"recent":["Ada"]}`))},
		Trace: &trace.Trace{
			MS:    2.9,
			Steps: []trace.Step{{Name: "find the bundle", MS: 0.1}, {Name: "load the handler", MS: 0.1}, {Name: "run the handler", MS: 2.5}},
			Calls: []trace.Call{{Function: "storage#get", Target: "hello/guestbook", Outcome: "ok"}, {Function: "storage#put", Target: "hello/guestbook", Outcome: "ok"}},
			Lines: []trace.Line{{Level: "info", Text: "greeted Ada for the first time"}},
		},
	}
	b.ReportAllocs()
	for b.Loop() {
		s.keep(cloned(e))
	}
}
