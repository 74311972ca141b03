package record

import (
	"strings"
	"testing"

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
