package caddymodule

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAbuse_oversized_requests_are_refused_and_others_served(t *testing.T) {
	s, app, runner := abused(t)
	long := strings.Repeat("x", 2<<20)
	for name, c := range map[string]struct {
		wire     string
		statuses []int
	}{
		"a header of 2 MiB":       {"GET / HTTP/1.1\r\nHost: localhost\r\nX-Huge: " + long + "\r\n\r\n", []int{431}},
		"a name of 2 MiB":         {"GET / HTTP/1.1\r\nHost: localhost\r\n" + long + ": x\r\n\r\n", []int{431}},
		"a target of 2 MiB":       {"GET /" + long + " HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{431}},
		"a method of 2 MiB":       {long + " / HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{431}},
		"a host of 2 MiB":         {"GET / HTTP/1.1\r\nHost: " + long + "\r\n\r\n", []int{431}},
		"200 000 headers":         {"GET / HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-A: b\r\n", 200_000) + "\r\n", []int{431}},
		"headers without end":     {"GET / HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-A: b\r\n", 300_000), []int{431}},
		"a cookie of 2 MiB":       {"GET /runner/healthz HTTP/1.1\r\nHost: localhost\r\nCookie: " + long + "\r\n\r\n", []int{431}},
		"a body beyond the limit": {"POST /api/ext/acme.hello/items HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11000000\r\nConnection: close\r\n\r\n" + strings.Repeat("x", 11_000_000), []int{413}},
		"a chunked one":           {"POST /api/ext/acme.hello/items HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + strings.Repeat("100000\r\n"+strings.Repeat("x", 1<<20)+"\r\n", 12) + "0\r\n\r\n", []int{413}},
		"a length of 8 EiB":       {"POST /api/ext/acme.hello/items HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9223372036854775807\r\nConnection: close\r\n\r\n" + strings.Repeat("x", 11_000_000), []int{413}},
		"a trailer of 2 MiB":      {"POST /api/ext/acme.hello/items HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\nX-T: " + long + "\r\n\r\n", []int{400}},
	} {
		// a server that hangs up while more is sent may take its answer with it
		if answers := s.raw(c.wire); len(answers) > 0 {
			assert.Equal(t, c.statuses, statuses(answers), name)
		}
		assert.Equal(t, 200, s.get("/health").status, "%s: others are served", name)
	}
	first, _ := app.take()
	second, _ := runner.take()
	assert.Empty(t, append(first, second...), "none was passed on")
}

func TestAbuse_slow_requests_hold_nothing_up_and_end(t *testing.T) {
	s := serve(t, lines("timeout 300ms", "extension "+extensionFolder(t, nil)), "runner")
	const slow = 64
	for range slow {
		conn := s.dial()
		defer conn.Close()
		_, err := io.WriteString(conn, "GET /health HTTP/1.1\r\nHost: local")
		require.NoError(t, err)
	}
	assert.Equal(t, 200, s.get("/health").status, "half a header of 64 visitors is in nobody's way")

	answers := s.raw("POST /api/ext/acme.hello/items HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
	require.Equal(t, []int{408}, statuses(answers), "a body that does not come is not waited for")
	assert.Equal(t, "request_timeout", answers[0].code(t))

	app, err := caddy.ActiveContext().App("http")
	require.NoError(t, err)
	for _, server := range app.(*caddyhttp.App).Servers {
		assert.Greater(t, time.Duration(server.ReadHeaderTimeout), time.Duration(0))
		assert.LessOrEqual(t, time.Duration(server.ReadHeaderTimeout), time.Minute, "half a header is waited for a minute at most")
	}
}

func TestAbuse_ranges_cost_no_more_than_the_file(t *testing.T) {
	content := strings.Repeat("0123456789", 10_000)
	s := serve(t, "extension "+extensionFolder(t, map[string]string{"ui/big.txt": content}), "runner")
	path := "/runner/ext-ui/acme.hello/sha256:" + strings.Repeat("0", 64) + "/big.txt"
	require.Eventually(t, func() bool { return s.get(path).status == 200 }, waitLong, waitStep)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cases := map[string][]int{
		"bytes=0-9":                              {206},
		"bytes=-5":                               {206},
		"bytes=99999-":                           {206},
		"bytes=100000-":                          {416},
		"bytes=5-1":                              {416, 200},
		"bytes=18446744073709551616-":            {416, 200},
		"bytes=0-18446744073709551616":           {206, 416, 200},
		"bytes=-18446744073709551616":            {206, 416, 200},
		"bytes=a-b":                              {416, 200},
		"chunks=0-9":                             {416, 200},
		"bytes=":                                 {416, 200},
		"bytes=0-" + strings.Repeat(",0-", 1300): {200, 206, 416, 431},
		"bytes=" + strings.Repeat("0-99999,", 10_000):   {200, 206, 416, 431},
		"bytes=" + strings.Repeat("0-0,2-2,", 10_000):   {200, 206, 416, 431},
		"bytes=" + strings.Repeat("-1,", 50_000) + "-1": {200, 206, 416, 431},
	}
	for header, want := range cases {
		req := s.request("GET", path, nil)
		req.Header.Set("Range", header)
		req.Header.Set("Accept-Encoding", "identity")
		a := s.do(req)
		assert.Contains(t, want, a.status, cutTo(header, 40))
		assert.LessOrEqual(t, len(a.body), 2*len(content), "%s: %d bytes", cutTo(header, 40), len(a.body))
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<20))
	t.Logf("%d ranges", len(cases))
}
