package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// route is what a guest asks `ui-proxy` for.
type route struct {
	segments []string
	query    string
}

// parseRoute reads a path with an optional query. Empty segments are dropped;
// `.` and `..`, which could leave the extension's own routes, are refused.
func parseRoute(raw string) (route, error) {
	path, query, _ := strings.Cut(strings.TrimSpace(raw), "?")
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	if len(segments) == 0 {
		return route{}, errors.New("the route is empty; it is a path such as /api/v1/tickets")
	}
	for _, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "." || plain == ".." || strings.ContainsAny(plain, "/\\") {
			return route{}, errors.New("the route has a segment that is `.`, `..` or not a plain name")
		}
	}
	return route{segments: segments, query: query}, nil
}

func (r route) path() string { return "/" + strings.Join(r.segments, "/") }

// under is the route's URL: below base for the platform's own API, below the
// extension's folder there for everything else.
func (r route) under(base *url.URL, extension string) *url.URL {
	segments := r.segments
	if segments[0] != "api" {
		segments = append([]string{url.PathEscape(extension)}, segments...)
	}
	u := base.JoinPath(segments...)
	u.RawQuery = r.query
	return u
}

// routeFixture holds the answers to routes, by route.
const routeFixture = "ui-proxy.json"

// routeFromFixture answers with the JSON that the fixture has for the route
// with its query or, failing that, for its path.
func (s *session) routeFromFixture(r route) (any, error) {
	var answers map[string]json.RawMessage
	if err := s.fixtures.read(routeFixture, &answers); err != nil {
		return s.fixtureError(err), nil
	}
	for _, key := range []string{r.path() + "?" + r.query, r.path()} {
		if answer, ok := answers[key]; ok {
			var compact bytes.Buffer
			if err := json.Compact(&compact, answer); err != nil {
				return nil, err
			}
			return guest.OK(compact.Bytes()), nil
		}
	}
	s.log.Warn("ui-proxy has no such route; add it to the fixture, or set the ui-proxy base URL",
		"route", r.path(), "fixture", routeFixture)
	return guest.Denied("route-not-found"), nil
}
