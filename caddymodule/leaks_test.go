package caddymodule

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// marker is planted, with a word for the place, in everything that must not
// be written down.
const marker = "MARKER-"

// plantedRunner answers everything with markers, in the ways that a runner
// fails in, and as it should for paths that name none.
func plantedRunner(t *testing.T) string {
	t.Helper()
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Set-Cookie", "session="+marker+"set-cookie; Path=/")
		switch mode := r.URL.Path + r.Header.Get("X-Request-Id"); {
		case strings.Contains(mode, "fail"):
			http.Error(w, marker+"failure", 500)
		case strings.Contains(mode, "stall"):
			<-r.Context().Done()
		case strings.Contains(mode, "cut"):
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, marker+"half")
		case strings.Contains(mode, "nonsense"):
			fmt.Fprintf(w, `{"status":"%snonsense"`, marker)
		case r.URL.Path == "/v1/execute":
			fmt.Fprintf(w, `{"status":200,"headers":{"set-cookie":"%senvelope-cookie"},"body_b64":"eA==","error":null}`, marker)
		default:
			io.WriteString(w, marker+"asset")
		}
	}).URL
}

func TestLogs_at_DEBUG_hold_no_token_cookie_secret_or_body(t *testing.T) {
	runner, gone := plantedRunner(t), refusing(t)
	path := filepath.Join(t.TempDir(), "log")
	global := lines("service_token "+marker+"service-token", "timeout 200ms", "hold 20ms",
		"backend works "+runner, "backend gone "+gone, "default works",
		"extension "+extensionFolder(t, nil)+" {\nsecret api_key "+marker+"secret\n}")
	// as docs/caddy.md tells those who switch Caddy's access log on
	access := "log {\noutput file " + path + ".access\n" + documentedFilter(t) + "\n}"
	site := lines(access, "runner {", "expose /fail /stall /cut", "}", "runner_app "+runner)
	s := serve(t, "", "runner")
	s.log = "level DEBUG\noutput file " + path
	s.load(global, site)

	answers := make(chan string, 100)
	for _, name := range []string{"works", "gone", "embedded"} {
		require.NoError(t, live.Load().Select(name))
		var all sync.WaitGroup
		for _, c := range []struct{ method, path, id string }{
			{"GET", "/runner/ext-ui/acme.x/" + assetHash + "/ok.js", ""},
			{"GET", "/runner/ext-ui/acme.x/" + assetHash + "/fail.js", ""},
			{"GET", "/ext-ui/acme.x/" + assetHash + "/cut.js", ""},
			{"GET", "/runner/ext-ui/acme.hello/" + assetHash + "/index.html", ""},
			{"POST", "/runner/fail", ""}, {"POST", "/runner/stall", ""}, {"POST", "/runner/cut", ""}, {"POST", "/runner/v1/execute", ""},
			{"POST", "/api/ext/acme.hello/items", "ok"}, {"POST", "/api/ext/acme.hello/items", "fail"}, {"POST", "/api/ext/acme.hello/items", "stall"},
			{"POST", "/api/ext/acme.hello/items", "cut"}, {"POST", "/api/ext/acme.hello/items", "nonsense"}, {"POST", "/api/ext/acme.hello/unknown", ""},
			{"GET", "/health", ""}, {"GET", "/__runner/extensions", ""}, {"POST", "/app", ""}, {"POST", "/app/fail", ""},
		} {
			all.Go(func() { answers <- askWithMarkers(t, s, c.method, c.path, c.id) })
		}
		all.Wait()
	}
	close(answers)
	s.load("", "runner") // closes the log

	log, err := os.ReadFile(path)
	require.NoError(t, err)
	accessLog, err := os.ReadFile(path + ".access")
	require.NoError(t, err)
	log = append(log, accessLog...)
	for _, what := range []string{`"level":"debug"`, "http.log.access", "a handler could not be executed", `"executed"`, "upstream roundtrip"} {
		assert.Contains(t, string(log), what, "what is to be searched is there")
	}
	for line := range strings.Lines(string(log)) {
		assert.NotContains(t, line, marker)
	}
	for answer := range answers {
		assert.NotContains(t, answer, marker, "nor does an error")
	}
}

// documentedFilter is the filter of docs/caddy.md.
func documentedFilter(t *testing.T) string {
	t.Helper()
	docs, err := os.ReadFile("../docs/caddy.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(docs), "\nlog {\n")
	filter, _, ended := strings.Cut(rest, "\n}\n")
	require.True(t, found && ended, "docs/caddy.md has the block")
	return filter
}

// askWithMarkers gives the answer of the runner's handlers: the app's own are
// none of ours, nor is an asset's content or that of a path that is exposed.
func askWithMarkers(t *testing.T, s *caddyServer, method, path, id string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitLong)
	defer cancel()
	req := s.request(method, path, nil).WithContext(ctx)
	if method == "POST" {
		body := `{"x":"` + marker + `request-body"}`
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	for name, value := range map[string]string{
		"Cookie": "session=" + marker + "request-cookie", "Authorization": "Bearer " + marker + "request-auth", "Proxy-Authorization": marker + "request-proxy",
		"Content-Type": "application/json",
	} {
		req.Header.Set(name, value)
	}
	if !strings.HasPrefix(path, "/app") { // the app may have an X-Api-Key of its own
		for _, name := range []string{"X-Runner-Service-Token", "X-Runner-Auth", "X-Api-Key"} {
			req.Header.Set(name, marker+"request-token")
		}
	}
	if id != "" {
		req.Header.Set("X-Request-Id", id)
	}
	res, err := noRedirects.Do(req)
	if err != nil {
		return "" // cut off, as some are meant to be
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if !strings.HasPrefix(path, "/api/") {
		return ""
	}
	return string(body)
}
