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
	secret    []byte // that it is to be signed with
}

// endpoint is one path of the API.
type endpoint struct {
	method   string
	serve    func(*call) error
	fallback fallback
	open     bool  // needs no signature
	limit    int64 // of the body, in bytes
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.own.ServeHTTP(w, r) }

// For serves those who sign with the secret. What they have begun goes on when
// another takes its place, and a nonce that was used with one is used with all.
func (s *Service) For(secret string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.handle(&call{writer: w, request: r, id: uuid.NewString(), log: s.log.Load(), secret: []byte(secret)})
	})
}

func (s *Service) handle(c *call) {
	c.writer.Header().Set("X-Request-Id", c.id)
	route, known := s.endpoints[c.request.URL.Path]
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
