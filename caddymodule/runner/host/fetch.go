package host

// fetch.go answers `http.fetch`.

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func fetch(s *session, ctx context.Context, args []any) (any, error) {
	input := args[0].(guest.Record)
	target, err := parseTarget(input)
	if err != nil {
		s.log.Warn("fetch refused", "error", err)
		return guest.Denied("invalid-url"), nil
	}
	if !s.egress.allows(target) {
		s.log.Warn("fetch refused: the host is not on the egress allowlist; add it there to allow it", "host", target.Host)
		s.noteDenial("http#fetch", target.Host+" is not on the egress allowlist; add it: egress in the Caddyfile, EXT_EGRESS_ALLOWLIST of a runner by itself")
		return guest.Denied("not-allowed"), nil
	}
	req, err := newFetchRequest(ctx, target, input)
	if err != nil {
		s.log.Warn("fetch refused", "error", err)
		return guest.Denied("invalid-url"), nil
	}
	return s.send(req)
}

// parseTarget accepts absolute http and https URLs without credentials.
func parseTarget(input guest.Record) (*url.URL, error) {
	raw, _ := field[string](input, "url")
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil: // the error repeats the URL, which may hold a password
		return nil, fmt.Errorf("parsing the URL to fetch: it is malformed")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("parsing the URL to fetch: the scheme is %q, only http and https can be fetched", u.Scheme)
	case u.Hostname() == "":
		return nil, fmt.Errorf("parsing the URL to fetch: it names no host")
	case u.User != nil:
		return nil, fmt.Errorf("parsing the URL to fetch: it holds a user name; send an authorization header instead")
	}
	return u, nil
}

func newFetchRequest(ctx context.Context, target *url.URL, input guest.Record) (*http.Request, error) {
	method, _ := field[string](input, "method")
	body, _ := field[[]byte](input, "body")
	req, err := http.NewRequestWithContext(ctx, strings.ToUpper(method), target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("preparing to fetch from %s: %w", target.Host, err)
	}
	headers, _ := field[[]any](input, "headers")
	for _, item := range headers {
		header, _ := item.(guest.Record)
		name, _ := field[string](header, "name")
		value, _ := field[string](header, "value")
		req.Header.Add(name, value)
	}
	removeHopByHop(req.Header)
	// Another host or length than the URL's and the body's would go round the
	// allowlist.
	req.Header.Del("Host")
	req.Header.Del("Content-Length")
	return req, nil
}

// send answers with the response. Bodies and queries are not logged: they may
// hold secrets.
func (s *session) send(req *http.Request) (any, error) {
	resp, err := s.client.Do(req)
	if err != nil {
		s.log.Warn("fetch got no answer", "method", req.Method, "host", req.URL.Host, "error", cause(err))
		return guest.Denied("transport"), nil
	}
	defer resp.Body.Close()
	body, err := readBounded(resp.Body)
	if err != nil {
		s.log.Warn("fetch got no whole answer", "method", req.Method, "host", req.URL.Host, "error", err)
		return guest.Denied("transport"), nil
	}
	s.log.Debug("fetched", "method", req.Method, "host", req.URL.Host, "status", resp.StatusCode, "bytes", len(body))
	return guest.OK(guest.Record{
		"status":  resp.StatusCode,
		"headers": headerList(resp.Header),
		"body":    body,
	}), nil
}

// headerList is h without the hop-by-hop headers, sorted by lower-case name.
func headerList(h http.Header) []any {
	removeHopByHop(h)
	list := make([]any, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			list = append(list, guest.Record{"name": strings.ToLower(name), "value": value})
		}
	}
	return list
}
