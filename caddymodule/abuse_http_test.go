package caddymodule

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

// abused is a site with an app, a runner and an extension, where what reaches

// the first two is kept.

func abused(t *testing.T) (s *caddyServer, app, runner *recorder) {
	t.Helper()
	app, runner = tap(t), tap(t)
	s = serve(t, lines("backend other "+runner.URL, "default other", "extension "+extensionFolder(t, nil)),
		lines("runner {", "expose /v1/*", "}", "runner_app "+app.URL))
	return s, app, runner
}

func TestAbuse_a_header_that_steers_is_refused(t *testing.T) {
	s, app, runner := abused(t)
	tried := 0
	for name, head := range map[string]string{
		"CR in a value":               "X-A: a\rX-Injected: 1\r\n",
		"NUL in a value":              "X-A: a\x00b\r\n",
		"DEL in a value":              "X-A: a\x7fb\r\n",
		"a vertical tab in a value":   "X-A: a\x0bb\r\n",
		"a blank in a name":           "X A: a\r\n",
		"a blank before the colon":    "X-A : a\r\n",
		"NUL in a name":               "X\x00A: a\r\n",
		"UTF-8 in a name":             "X-Ä: a\r\n",
		"no name":                     ": a\r\n",
		"no colon":                    "X-A\r\n",
		"a first line that is folded": " X-A: a\r\n",
		"two hosts":                   "Host: other\r\n",
		"a host with a slash":         "Host: a/b\r\n",
	} {
		for _, target := range []string{"/", "/runner/v1/x", "/runner/healthz", "/api/ext/acme.hello/items/1", "/__runner/extensions", "/health"} {
			tried++
			host := "Host: localhost\r\n"
			if name == "a host with a slash" {
				host = ""
			}
			answers := s.raw("GET " + target + " HTTP/1.1\r\n" + host + head + "Connection: close\r\n\r\n")
			assert.Equal(t, []int{400}, statuses(answers), "%s, %s", name, target)
		}
	}
	first, _ := app.take()
	second, _ := runner.take()
	assert.Empty(t, append(first, second...), "none was passed on")
	t.Logf("%d requests with a header that steers", tried)
}

func TestAbuse_headers_that_Connection_lists_cannot_be_taken_away_from_us(t *testing.T) {
	s, app, runner := abused(t)
	listed := []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Host", "Content-Length", "Cookie", "X-Request-Id", "Accept", "close", "Connection", "keep-alive, X-Forwarded-For"}
	for _, name := range listed {
		for _, target := range []string{"/page", "/runner/v1/x", "/api/ext/acme.hello/items"} {
			answers := s.raw("POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nX-Hop: secret\r\nX-Forwarded-For: 203.0.113.9\r\n" +
				"X-Request-Id: r-1\r\nCookie: a=b\r\nConnection: " + name + ", X-Hop\r\nConnection: close\r\n\r\nhi")
			assert.Equal(t, []int{200}, statuses(answers), "%s, %s", name, target)
			first, heads := app.take()
			second, more := runner.take()
			require.Len(t, append(first, second...), 1)
			head := append(heads, more...)[0]
			assert.Empty(t, head.Get("X-Hop"), name)
			if target != "/api/ext/acme.hello/items" { // the runner hears of no visitor there
				assert.Equal(t, "127.0.0.1", head.Get("X-Forwarded-For"), "%s, %s: a visitor's word counts for nothing", name, target)
				assert.Equal(t, "localhost", head.Get("X-Forwarded-Host"), "%s, %s", name, target)
				assert.Equal(t, "http", head.Get("X-Forwarded-Proto"), "%s, %s", name, target)
				assert.Contains(t, append(first, second...)[0], " hi", "the body is there")
			}
			assert.Equal(t, "GET /canary ", s.get("/canary").body)
			app.take()
		}
	}
	t.Logf("%d lists of hop-by-hop headers", len(listed)*3)
}

func TestAbuse_unusual_targets_reach_what_their_path_names_or_nothing(t *testing.T) {
	s, app, runner := abused(t)
	cases := []struct {
		line   string
		status int
		seen   string // by the app or the runner
	}{
		{"GET http://localhost/page", 200, "GET /page "},
		{"GET http://evil.example/page", 200, "GET /page "},
		{"GET http://localhost/runner/v2/x", 404, ""},
		{"GET http://user:pass@localhost/page", 200, "GET /page "},
		{"GET //localhost/page", 200, "GET //localhost/page "},
		{"GET ///page", 200, "GET ///page "},
		{"OPTIONS *", 200, ""},
		{"GET *", 200, "GET * "},
		{"GET page", 400, ""},
		{"GET http:page", 0, ""},
		{"GET unix:/run/docker.sock", 200, "GET /run/docker.sock "},
		{"GET file:///etc/passwd", 200, "GET /etc/passwd "},
		{"CONNECT localhost:22", 405, ""},
		{"CONNECT evil.example:443", 405, ""},
		{"CONNECT /page", 405, ""},
		{"TRACE /page", 405, ""},
		{"CONNECT /api/ext/acme.hello/items", 405, ""},
		{"CONNECT /runner/healthz", 405, ""},
		{"TRACE /api/ext/acme.hello/items", 405, ""},
		{"TRACE /runner/healthz", 405, ""},
		{"TRACE /health", 405, ""},
		{"TRACE /__runner/extensions", 405, ""},
		{"DELETE /__runner/extensions", 405, ""},
		{"PROPFIND /runner/healthz", 405, ""},
		{"get /runner/healthz", 405, ""},
		{"G\x00T /page", 400, ""},
		{"GET /pa\x00ge", 400, ""},
		{"GET /pa\x7fge", 400, ""},
		{"GET /pa ge", 400, ""},
		{"GET /page#fragment", 200, ""},
		{"GET /page%", 400, ""},
		{"GET /page%zz", 400, ""},
	}
	for _, c := range cases {
		answers := s.raw(c.line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		first, _ := app.take()
		second, _ := runner.take()
		seen := append(first, second...)
		if c.status == 0 { // which of 400, 404, 405 and 502 is not ours to say
			require.Len(t, answers, 1, c.line)
			assert.GreaterOrEqual(t, answers[0].status, 400, c.line)
		} else {
			assert.Equal(t, []int{c.status}, statuses(answers), c.line)
		}
		if c.seen != "" {
			assert.Equal(t, []string{c.seen}, seen, c.line)
		}
		for _, line := range seen {
			assert.NotRegexp(t, `^(CONNECT|TRACE) `, line, c.line)
		}
	}
	t.Logf("%d unusual targets", len(cases))
}

// traversals climb out of a folder in the spellings that servers have fallen

// for.

var traversals = []string{
	"..", "%2e%2e", "%2E.", ".%2e", "..%2f..", "%2e%2e%2f%2e%2e", "..%5c..", "..\\..", "%5c..%5c", ".", "%2e",
	"..%00", "..%0d", "..%0a", "..%7f", "%00", "..;/..", "..;", "%252e%252e", "%252e%252e%252f", "..%252f", "%25%32%65%25%32%65",
	"%c0%ae%c0%ae", "%c0%ae%c0%ae%c0%af", "%e0%80%ae%e0%80%ae", "%f0%80%80%ae", "%c1%9c", "%u002e%u002e", "%uff0e%uff0e",
	"%ef%bc%8e%ef%bc%8e", "....", "...", "..%20", ".. ", "..%09", "//", "%2f%2f", "~root", "%2fetc%2fpasswd", "C:%5cWindows",
}

func TestAbuse_no_spelling_of_dots_leaves_the_path_it_was_checked_as(t *testing.T) {
	secret := "the secret of the folder"
	dir := extensionFolder(t, map[string]string{"secret.txt": secret, "src/key.txt": secret})
	runner := tap(t)
	s := serve(t, lines("backend other "+runner.URL, "extension "+dir), "runner")
	hash := ""
	require.Eventually(t, func() bool {
		found := s.get("/__runner/extensions").body
		_, rest, ok := strings.Cut(found, `"ui_url":"`)
		hash, _, _ = strings.Cut(rest, `"`)
		return ok
	}, waitLong, waitStep)
	folder := strings.TrimSuffix(hash[:strings.LastIndex(hash, "/")], "/")
	tried := 0
	for _, use := range []string{"embedded", "other"} {
		require.NoError(t, live.Load().Select(use))
		for _, climb := range traversals {
			for _, path := range []string{
				folder + "/" + climb + "/secret.txt", folder + "/" + climb + "/src/key.txt", folder + "/" + climb + "/" + climb + "/v1/execute",
				"/runner/" + climb + "/v1/execute", "/runner/ext-ui/" + climb + "/v1/execute", "/ext-ui/" + climb + "/v1/execute",
				"/api/ext/acme.hello/" + climb + "/items", "/api/ext/" + climb + "/items", "/__runner/" + climb + "/v1/execute",
			} {
				tried++
				answers := s.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
				require.NotEmpty(t, answers, path)
				assert.NotContains(t, answers[0].body, secret, path)
				seen, _ := runner.take()
				for _, line := range seen {
					assert.Regexp(t, `^(GET /ext-ui/|GET /healthz|POST /v1/execute )`, line, "%s: only what is exposed", path)
					assert.NotRegexp(t, `(?i)/(\.|%2e){1,2}(/|%2f|%5c|\\| )`, line, "%s: nothing that a server behind us could shorten", path)
				}
			}
		}
	}
	t.Logf("%d paths that climb", tried)
}

func TestAbuse_other_sites_reach_neither_handlers_nor_live_reload(t *testing.T) {
	runner, seen := executor(t, fixed(backend.ExecuteResponse{Status: 200}))
	s := gatewayTo(t, runner.URL)
	tried := 0
	for _, origin := range []string{"https://evil.example", "null", "http://localhost.evil.example", "http://localhost:1", "http://127.0.0.1.evil.example", "file://", "", "http://", "http://acme-other.localhost", "https://" + strings.TrimPrefix(s.url, "http://") + ".evil.example"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""} {
				req := s.request(method, "/api/ext/acme.hello/items", strings.NewReader(`{"__method":"DELETE"}`))
				if origin != "" {
					req.Header.Set("Origin", origin)
				}
				req.Header.Set("Content-Type", kind)
				req.Header.Set("Sec-Fetch-Site", "cross-site")
				if tried%2 == 0 && origin != "" { // browsers that say no Sec-Fetch-Site
					req.Header.Del("Sec-Fetch-Site")
				}
				tried++
				a := s.do(req)
				assert.Equal(t, 403, a.status, "%s %s %s", origin, method, kind)
				assert.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
			}
		}
		for _, path := range []string{"/__runner/live/events?ext=acme.hello", "/__runner/live/client.js", "/__runner/live/console", "/__runner/live/open?ext=acme.hello&file=manifest.json"} {
			tried++
			method := http.MethodGet
			if strings.Contains(path, "console") || strings.Contains(path, "open") {
				method = http.MethodPost
			}
			req := s.request(method, path, nil)
			req.Header.Set("Origin", origin)
			assert.Contains(t, []int{403, 404}, s.do(req).status, "%s %s", origin, path)
		}
	}
	assert.Empty(t, seen, "no handler ran")
	t.Logf("%d requests of other sites' pages", tried)
}

func TestAbuse_WebSockets_are_the_apps_to_judge_and_nobody_elses(t *testing.T) {
	s, app, runner := abused(t)
	for _, target := range []string{"/__runner/live/events", "/__runner/", "/api/ext/acme.hello/items/1", "/runner/healthz", "/runner/ext-ui/acme.hello/sha256:ab/x", "/health"} {
		for _, origin := range []string{"", "null", "https://evil.example"} {
			_, res, err := websocket.Dial(t.Context(), strings.Replace(s.url, "http", "ws", 1)+target, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
			require.Error(t, err, target)
			assert.NotEqual(t, 101, res.StatusCode, target)
		}
	}
	app.take()
	runner.take()
	_, res, err := websocket.Dial(t.Context(), strings.Replace(s.url, "http", "ws", 1)+"/socket", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://evil.example"}}})
	require.Error(t, err)
	assert.Equal(t, 200, res.StatusCode, "the app is no WebSocket server, and says so itself")
	_, heads := app.take()
	require.Len(t, heads, 1)
	assert.Equal(t, "https://evil.example", heads[0].Get("Origin"), "so that it can refuse")
}
