package host

import (
	"cmp"
	"context"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// Endpoint is a route that the extension's manifest declares.
type Endpoint struct {
	ID      string `json:"id"` // default: "METHOD path"
	Method  string `json:"method"`
	Path    string `json:"path"`
	Handler string `json:"handler"`
}

func (e Endpoint) id() string { return cmp.Or(e.ID, e.Method+" "+e.Path) }

// schedulable says whether a schedule may call the endpoint: it has nothing
// to put into path parameters.
func (e Endpoint) schedulable() bool {
	return (e.Method == "GET" || e.Method == "POST") && !strings.ContainsAny(e.Path, ":{*")
}

// endpoints are the invocation's or, when it brings none, the fixture's.
func (s *session) endpoints() ([]Endpoint, error) {
	list := s.inv.Endpoints
	if list == nil {
		if err := s.fixtures.read("endpoints.json", &list); err != nil {
			return nil, err
		}
	}
	normal := make([]Endpoint, len(list))
	for i, e := range list {
		e.Method = strings.ToUpper(e.Method)
		normal[i] = e
	}
	return normal, nil
}

func getEndpoints(s *session, _ context.Context, _ []any) (any, error) {
	list, err := s.endpoints()
	if err != nil {
		return s.fixtureError(err), nil
	}
	records := make([]any, len(list))
	for i, e := range list {
		records[i] = guest.Record{
			"id": e.id(), "method": e.Method, "path": e.Path, "handler": e.Handler, "schedulable": e.schedulable(),
		}
	}
	return guest.OK(records), nil
}

// schedulableEndpoint finds an endpoint by path, by id or as "METHOD path".
func (s *session) schedulableEndpoint(name string) (Endpoint, bool) {
	list, err := s.endpoints()
	if err != nil {
		s.fixtureError(err)
		return Endpoint{}, false
	}
	for _, e := range list {
		if e.schedulable() && (name == e.Path || name == e.id() || name == e.Method+" "+e.Path) {
			return e, true
		}
	}
	return Endpoint{}, false
}
