package caddymodule

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// ambiguous are requests that two servers may read differently. Each ends with
// a second request, which one of the two takes for a body. TARGET stands for
// the path, LENGTH for the length of what follows the head.
var ambiguous = []struct {
	name, head, body string
	statuses         []int // of the answers, in order; the last request closes
}{
	{"CL.TE", "Content-Length: LENGTH\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nSECOND", []int{200, 200}},
	{"TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "1\r\nx\r\n0\r\n\r\nSECOND", []int{200, 200}},
	{"TE twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\nSECOND", []int{501}},
	{"TE chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nSECOND", []int{501}},
	{"TE as a list", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\nSECOND", []int{501}},
	{"TE ends as chunked", "Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\nSECOND", []int{501}},
	{"TE unknown", "Transfer-Encoding: xchunked\r\nContent-Length: LENGTH\r\n", "SECOND", []int{501}},
	{"TE with a tab", "Transfer-Encoding:\tchunked\r\nContent-Length: LENGTH\r\n", "0\r\n\r\nSECOND", []int{200, 200}},
	{"TE with a vertical tab", "Transfer-Encoding: \x0bchunked\r\nContent-Length: LENGTH\r\n", "0\r\n\r\nSECOND", []int{400}},
	{"TE in quotes", "Transfer-Encoding: \"chunked\"\r\nContent-Length: LENGTH\r\n", "0\r\n\r\nSECOND", []int{501}},
	{"TE empty", "Transfer-Encoding: \r\nContent-Length: LENGTH\r\n", "SECOND", []int{501}},
	{"TE with a blank before its colon", "Transfer-Encoding : chunked\r\nContent-Length: LENGTH\r\n", "0\r\n\r\nSECOND", []int{400}},
	{"TE folded", "Transfer-Encoding:\r\n chunked\r\nContent-Length: LENGTH\r\n", "0\r\n\r\nSECOND", []int{200, 200}},
	{"TE behind a bare LF", "X: y\nTransfer-Encoding: chunked\r\nContent-Length: LENGTH\r\n", "0\r\n\r\nSECOND", []int{200, 200}},
	{"TE behind a bare CR", "X: y\rTransfer-Encoding: chunked\r\nContent-Length: LENGTH\r\n", "SECOND", []int{400}},
	{"TE with a leading blank", " Transfer-Encoding: chunked\r\nContent-Length: LENGTH\r\n", "SECOND", []int{400}},
	{"TE with NUL", "Transfer-Encoding: chunked\x00\r\nContent-Length: LENGTH\r\n", "0\r\n\r\nSECOND", []int{400}},
	{"TE with an underscore", "Transfer_Encoding: chunked\r\nContent-Length: LENGTH\r\n", "SECOND", []int{200}},
	{"CL twice, differing", "Content-Length: 0\r\nContent-Length: LENGTH\r\n", "SECOND", []int{400}},
	{"CL twice, equal", "Content-Length: LENGTH\r\nContent-Length: LENGTH\r\n", "SECOND", []int{200}},
	{"CL as a list", "Content-Length: 0, LENGTH\r\n", "SECOND", []int{400}},
	{"CL with a sign", "Content-Length: +LENGTH\r\n", "SECOND", []int{400}},
	{"CL negative", "Content-Length: -1\r\n", "SECOND", []int{400}},
	{"CL in hex", "Content-Length: 0x10\r\n", "SECOND", []int{400}},
	{"CL too large for 63 bits", "Content-Length: 18446744073709551616\r\n", "SECOND", []int{400}},
	{"CL with a blank before its colon", "Content-Length : 0\r\n", "SECOND", []int{400}},
	{"CL folded", "Content-Length:\r\n 0\r\n", "SECOND", []int{200, 200}},
	{"CL empty", "Content-Length: \r\n", "SECOND", []int{400}},
	{"chunk extensions", "Transfer-Encoding: chunked\r\n", "1;a=\"b\"\r\nx\r\n0;c\r\n\r\nSECOND", []int{200, 200}},
	{"chunk extension with a bare LF", "Transfer-Encoding: chunked\r\n", "1;\nxx\r\n0\r\n\r\nSECOND", nil},
	{"chunk size ended by a bare LF", "Transfer-Encoding: chunked\r\n", "1\nx\r\n0\r\n\r\nSECOND", nil},
	{"chunk data ended by a bare LF", "Transfer-Encoding: chunked\r\n", "1\r\nx\n0\r\n\r\nSECOND", nil},
	{"chunk size with a sign", "Transfer-Encoding: chunked\r\n", "+1\r\nx\r\n0\r\n\r\nSECOND", nil},
	{"chunk size in 0x", "Transfer-Encoding: chunked\r\n", "0x1\r\nx\r\n0\r\n\r\nSECOND", nil},
	{"chunk size beyond 64 bits", "Transfer-Encoding: chunked\r\n", "10000000000000001\r\nx\r\n0\r\n\r\nSECOND", nil},
	{"chunk longer than its size", "Transfer-Encoding: chunked\r\n", "1\r\nxyz\r\n0\r\n\r\nSECOND", nil},
	{"trailers that are framing", "Transfer-Encoding: chunked\r\nTrailer: Content-Length\r\n", "0\r\nContent-Length: 50\r\n\r\nSECOND", nil},
	{"HTTP/1.0 with TE", "Transfer-Encoding: chunked\r\nContent-Length: LENGTH\r\n", "0\r\n\r\nSECOND", nil},
}

func TestAbuse_no_request_can_be_smuggled(t *testing.T) {
	app, runner := tap(t), tap(t)
	s := serve(t, lines("backend other "+runner.URL, "default other", "extension "+extensionFolder(t, nil)),
		lines("runner {", "expose /v1/*", "}", "runner_app "+app.URL))
	tried := 0
	for _, target := range []string{"/echo", "/runner/v1/echo", "/api/ext/acme.hello/items"} {
		for _, c := range ambiguous {
			tried++
			t.Run(c.name+" "+target, func(t *testing.T) {
				answers := s.raw(wire(c.name, target, c.head, c.body))
				first, _ := app.take()
				second, _ := runner.take()
				seen := append(first, second...)
				if c.statuses != nil {
					assert.Equal(t, c.statuses, statuses(answers), "%q", seen)
				}
				assert.NotEmpty(t, answers)
				passed := 0
				for _, a := range answers {
					if a.status == 200 {
						passed++
					}
				}
				// a request that is cut off may have begun to pass; it has no answer of 200
				assert.LessOrEqual(t, passed, len(seen), "each answer belongs to a request")
				smuggled := 0
				for _, line := range seen {
					if strings.HasPrefix(line, "GET /smuggled") {
						smuggled++
					}
				}
				if smuggled > 0 {
					assert.Len(t, answers, 2, "what reached a server was answered to who sent it: %q", seen)
				}
				app.assertUnambiguous(t)
				runner.assertUnambiguous(t)
				assert.Equal(t, "GET /canary ", s.get("/canary").body, "the next visitor has their own answer")
				app.take()
			})
		}
	}
	t.Logf("%d requests that two servers could read differently", tried)
}

// wire is the request, with the second one at its end.
func wire(name, target, head, body string) string {
	version := "HTTP/1.1"
	if strings.HasPrefix(name, "HTTP/1.0") {
		version = "HTTP/1.0"
	}
	body = strings.ReplaceAll(body, "SECOND", "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	head = strings.ReplaceAll(head, "LENGTH", fmt.Sprint(len(body)))
	// where all of it is a body, the server would wait for the next request
	if strings.Contains(head, fmt.Sprintf("Content-Length: %d", len(body))) && !strings.Contains(strings.ToLower(head), "chunked") ||
		strings.Contains(name, "underscore") || strings.Contains(name, "TE unknown") {
		head += "Connection: close\r\n"
	}
	return "POST " + target + " " + version + "\r\nHost: localhost\r\n" + head + "\r\n" + body
}
