package host

// uiproxy.go answers `ui-proxy` from the platform at UIProxyBaseURL.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// uiProxyTimeout is the platform's.
const uiProxyTimeout = 5 * time.Second

// parseUIProxyBase reads [Options.UIProxyBaseURL]; nil when it is empty.
func parseUIProxyBase(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u, err := url.Parse(raw)
	if err == nil && u.Scheme != "http" && u.Scheme != "https" || err == nil && u.Host == "" {
		err = errors.New("it is not an absolute http or https URL")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ui-proxy base URL: %w; write for example http://localhost:3000", err)
	}
	return u, nil
}

func callRoute(s *session, ctx context.Context, args []any) (any, error) {
	payload := args[1]
	route, err := parseRoute(args[0].(string))
	if err != nil {
		s.log.Warn("ui-proxy call refused", "error", err)
		return guest.Denied("bad-request"), nil
	}
	if s.uiProxy == nil {
		return s.routeFromFixture(route)
	}
	ctx, cancel := context.WithTimeout(ctx, uiProxyTimeout)
	defer cancel()
	req, err := s.newRouteRequest(ctx, route, payload)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.log.Warn("ui-proxy got no answer", "route", route.path(), "host", req.URL.Host, "error", cause(err))
		return guest.Denied("internal"), nil
	}
	defer resp.Body.Close()
	return s.routeAnswer(route, resp)
}

// newRouteRequest is a GET without payload and a POST with one. The guest's
// secret `api_key` is its credential there.
func (s *session) newRouteRequest(ctx context.Context, r route, payload any) (*http.Request, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if data, ok := payload.([]byte); ok {
		method, body = http.MethodPost, bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.under(s.uiProxy, s.inv.Context.ExtensionID).String(), body)
	if err != nil {
		return nil, fmt.Errorf("preparing a ui-proxy call: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range s.routeHeaders() {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	return req, nil
}

func (s *session) routeHeaders() map[string]string {
	c := s.inv.Context
	headers := map[string]string{
		"X-Request-Id":     c.RequestID,
		"X-Alga-Tenant":    c.TenantID,
		"X-Alga-Extension": c.ExtensionID,
		"X-Ext-Install-Id": c.InstallID,
		"X-Ext-Version-Id": c.VersionID,
		"X-Api-Key":        s.inv.Secrets["api_key"],
	}
	if s.inv.User != nil {
		headers["X-User-Id"], headers["X-User-Email"] = s.inv.User.UserID, s.inv.User.UserEmail
	}
	return headers
}

func (s *session) routeAnswer(r route, resp *http.Response) (any, error) {
	if resp.StatusCode/100 == 2 {
		body, err := readBounded(resp.Body)
		if err != nil {
			s.log.Warn("ui-proxy got no whole answer", "route", r.path(), "error", err)
			return guest.Denied("internal"), nil
		}
		return guest.OK(body), nil
	}
	s.log.Warn("ui-proxy call was not successful", "route", r.path(), "status", resp.StatusCode)
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return guest.Denied("denied"), nil
	case http.StatusNotFound:
		return guest.Denied("route-not-found"), nil
	case http.StatusBadRequest:
		return guest.Denied("bad-request"), nil
	}
	return guest.Denied("internal"), nil
}
