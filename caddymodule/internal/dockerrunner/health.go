package dockerrunner

import (
	"net/http"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// readyLimit bounds how long the engine may take to say that it is there.
const readyLimit = 5 * time.Second

func (s *Service) health(c *call) error {
	c.reply(http.StatusOK, map[string]string{"status": "ok"})
	return nil
}

func (s *Service) ready(c *call) error {
	ctx, cancel := s.aftermath(c.request.Context(), readyLimit)
	defer cancel()
	if err := s.ask(ctx, docker.Request{Method: http.MethodGet, Path: "/_ping"}); err != nil {
		return &failure{http.StatusServiceUnavailable, codeDockerUnavailable, docker.Words(err), true}
	}
	c.reply(http.StatusOK, map[string]string{"status": "ready"})
	return nil
}
