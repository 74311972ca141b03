package host

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func get(target string, headers ...string) guest.Record {
	var list []any
	for i := 0; i < len(headers); i += 2 {
		list = append(list, guest.Record{"name": headers[i], "value": headers[i+1]})
	}
	return guest.Record{"method": "GET", "url": target, "headers": list, "body": nil}
}

func TestFetchPassesMethodHeadersAndBodyBothWays(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Add("X-Two", "b")
		w.Header().Add("X-Two", "a")
		w.Header().Del("Date")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL, r.Header.Get("X-In"), body)
	})
	b := newBench(t, Options{EgressAllowlist: []string{"127.0.0.1"}})
	answer := b.ok("http", "fetch", guest.Record{
		"method": "patch", "url": target + "/a%2Fb?q=1", "body": []byte("hi"),
		"headers": []any{guest.Record{"name": "X-In", "value": "v"}},
	}).(guest.Record)
	assert.Equal(t, http.StatusTeapot, answer["status"])
	assert.Equal(t, "PATCH /a%2Fb?q=1 v hi", string(answer["body"].([]byte)))
	assert.Subset(t, answer["headers"], []any{
		guest.Record{"name": "x-two", "value": "b"}, guest.Record{"name": "x-two", "value": "a"},
	})
}

func TestFetchRefusesURLsThatItCannotCheck(t *testing.T) {
	b := newBench(t, Options{EgressAllowlist: []string{"*"}})
	for _, target := range []string{
		"", "/relative", "ftp://example.com/", "file:///etc/passwd", "unix:///run/x.sock", "http://", "http:example.com",
		"https://kim:hunter2@example.com/", "http://exa mple.com/", "http://example.com:port/", "javascript:alert(1)",
	} {
		assert.Equal(t, "invalid-url", b.refusal("http", "fetch", get(target)), target)
	}
	assert.Equal(t, "invalid-url", b.refusal("http", "fetch", guest.Record{"method": "BAD METHOD", "url": "http://127.0.0.1:1/"}))
	assert.NotContains(t, b.logs.String(), "hunter2")
}

func TestFetchIsDeniedByAnEmptyAllowlistAndSaysWhatToDo(t *testing.T) {
	target := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the host was reached") })
	b := newBench(t, Options{})
	assert.Equal(t, "not-allowed", b.refusal("http", "fetch", get(target)))
	assert.Contains(t, b.logs.String(), "egress allowlist; add it there")
}

func TestAnOpenAllowlistIsLoggedAtStart(t *testing.T) {
	assert.Contains(t, newBench(t, Options{EgressAllowlist: []string{"*"}}).logs.String(), "extensions may reach every host")
}

func TestFetchDoesNotFollowRedirects(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusFound)
	})
	b := newBench(t, Options{EgressAllowlist: []string{"127.0.0.1"}})
	answer := b.ok("http", "fetch", get(target)).(guest.Record)
	assert.Equal(t, http.StatusFound, answer["status"])
	assert.Contains(t, answer["headers"], guest.Record{"name": "location", "value": "http://127.0.0.1:1/elsewhere"})
}

func TestFetchStripsWhatBelongsToOneConnection(t *testing.T) {
	var host string
	var seen http.Header
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		host, seen = r.Host, r.Header.Clone()
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "1")
		w.Header().Set("Keep-Alive", "timeout=5")
	})
	b := newBench(t, Options{EgressAllowlist: []string{"127.0.0.1"}})
	answer := b.ok("http", "fetch", get(target,
		"Host", "internal.example", "Connection", "X-Secret", "X-Secret", "1", "Upgrade", "websocket",
		"Proxy-Authorization", "Basic x", "Content-Length", "99", "Authorization", "Bearer t")).(guest.Record)
	u, err := url.Parse(target)
	require.NoError(t, err)
	assert.Equal(t, u.Host, host, "a host header cannot point behind the allowlist")
	assert.Equal(t, "Bearer t", seen.Get("Authorization"))
	for _, name := range []string{"X-Secret", "Upgrade", "Proxy-Authorization"} {
		assert.Empty(t, seen.Get(name), name)
	}
	for _, header := range answer["headers"].([]any) {
		assert.NotContains(t, []string{"connection", "x-hop", "keep-alive"}, header.(guest.Record)["name"])
	}
}

func TestFetchBoundsTheResponseBody(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		size := maxResponseBody
		if r.URL.Path == "/more" {
			size++
		}
		_, _ = w.Write(make([]byte, size))
	})
	b := newBench(t, Options{EgressAllowlist: []string{"127.0.0.1"}})
	answer := b.ok("http", "fetch", get(target)).(guest.Record)
	assert.Len(t, answer["body"], maxResponseBody)
	assert.Equal(t, "transport", b.refusal("http", "fetch", get(target+"/more")))
	assert.Contains(t, b.logs.String(), "exceeds 10 MiB")
}

func TestFetchReportsAFailedConnectionWithoutTheQuery(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	b := newBench(t, Options{EgressAllowlist: []string{"127.0.0.1"}})
	assert.Equal(t, "transport", b.refusal("http", "fetch", get(server.URL+"/?token=hunter2")))
	assert.Contains(t, b.logs.String(), "fetch got no answer")
	assert.NotContains(t, b.logs.String(), "hunter2")
}

func TestFetchEndsWithTheExecution(t *testing.T) {
	arrived := make(chan struct{})
	target := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	b := newBench(t, Options{EgressAllowlist: []string{"127.0.0.1"}})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-arrived; cancel() }()
	answer, err := b.host.Call(ctx, theCall("http", "fetch", get(target)))
	require.NoError(t, err)
	assert.Equal(t, guest.Denied("transport"), answer)
}

func TestFetchNeverReachesTheControlPlane(t *testing.T) {
	target := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the control plane was reached") })
	address := strings.TrimPrefix(target, "http://")
	b := newBench(t, Options{EgressAllowlist: []string{"*"}, BlockedAddresses: []string{address}})
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0"} {
		_, port, _ := strings.Cut(address, ":")
		assert.Equal(t, "transport", b.refusal("http", "fetch", get("http://"+host+":"+port+"/")), host)
	}
	assert.Contains(t, b.logs.String(), "extensions may not reach the control plane")
}
