// handler.go contains the way of a request.

package dockerrunner

import (
	"log/slog"
	"net/http"

	"github.com/google/uuid"
)

// call is one request on its way.
type call struct {
	writer    http.ResponseWriter
	request   *http.Request
	id        string
	container string // that it is about, once known; for the log
	body      []byte // canonical JSON
	log       *slog.Logger
}

// endpoint is one path of the API.
type endpoint struct {
	method   string
	serve    func(*call) error
	fallback fallback
	open     bool  // needs no signature
	limit    int64 // of the body, in bytes
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{writer: w, request: r, id: uuid.NewString(), log: s.log.Load()}
	w.Header().Set("X-Request-Id", c.id)
	route, known := s.endpoints[r.URL.Path]
	if err := s.serve(c, route, known); err != nil {
		c.fail(route.fallback.failure(err))
	}
}

func (s *Service) serve(c *call, route endpoint, known bool) error {
	if !route.open {
		release, err := s.admit(c, route)
		if err != nil {
			return err
		}
		defer release()
	}
	switch {
	case !known:
		return &failure{Status: http.StatusNotFound, Code: codeRouteNotFound, Message: "there is no " + c.request.URL.Path + " in this API"}
	case c.request.Method != route.method:
		c.writer.Header().Set("Allow", route.method)
		return &failure{Status: http.StatusMethodNotAllowed, Code: codeMethod, Message: "use " + route.method}
	}
	return route.serve(c)
}

// Interface guards
var _ http.Handler = (*Service)(nil)
