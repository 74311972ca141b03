package dockerrunner

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// size is that of a terminal, in characters.
type size struct {
	Cols int `json:"cols"`
	Rows int `json:"rows"`
}

// UnmarshalJSON takes keys for what they are.
func (s *size) UnmarshalJSON(text []byte) error { return fields(text, s, false) }

// maxSide is the most that a terminal's side can be.
const maxSide = 1<<16 - 1

func (s size) check() error {
	if s.Cols <= 0 || s.Rows <= 0 || s.Cols > maxSide || s.Rows > maxSide {
		return invalid("size: expected cols and rows from 1 to %d", maxSide)
	}
	return nil
}

func (s *Service) resize(c *call) error {
	var body struct {
		ExecID string `json:"execId"`
		Size   size   `json:"size"`
	}
	if err := c.decode(&body, false); err != nil {
		return err
	}
	if err := checkID("execId", body.ExecID); err != nil {
		return err
	}
	if err := body.Size.check(); err != nil {
		return err
	}
	if err := s.resizeExec(c.request.Context(), body.ExecID, body.Size); err != nil {
		return err
	}
	return c.done()
}

// Engines refuse a size until the command has started.
const (
	resizeAttempts = 10
	resizePause    = 20 * time.Millisecond
)

func (s *Service) resizeExec(ctx context.Context, id string, to size) (err error) {
	query := url.Values{"w": {strconv.Itoa(to.Cols)}, "h": {strconv.Itoa(to.Rows)}}
	for range resizeAttempts {
		err = s.ask(ctx, docker.Request{Method: http.MethodPost, Path: "/exec/" + id + "/resize", Query: query})
		if !hasStatus(err, http.StatusConflict, http.StatusInternalServerError) {
			return err
		}
		timer := time.NewTimer(resizePause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
	return err
}
