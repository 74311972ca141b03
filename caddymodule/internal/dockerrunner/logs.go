package dockerrunner

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/same-origin/devproxy/compose/docker"
)

// logs streams what a container writes as the engine gives it: without a terminal,
// that is in frames of the two streams.
func (s *Service) logs(c *call) error {
	id, err := c.named()
	if err != nil {
		return err
	}
	query, err := logQuery(c.request.URL.Query())
	if err != nil {
		return err
	}
	ctx, cancel := s.context(c)
	defer cancel()
	engine, err := s.engine.get(ctx)
	if err != nil {
		return err
	}
	response, err := engine.Ask(ctx, docker.Request{Method: http.MethodGet, Path: "/containers/" + id + "/logs", Query: query})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	out, err := c.stream()
	if err != nil {
		return nil // nobody is there to be told
	}
	err = out.follow(ctx, response.Body, func(chunk []byte) error { return out.send(frame{Type: "chunk", Data: chunk}) })
	last := frame{Type: "end"}
	if err != nil {
		last = frame{Type: "error", Message: reason(ctx, err)}
	}
	if !errors.Is(err, errUnread) {
		_ = out.send(last) // the client may have left
	}
	return nil
}

// logQuery says in the engine's terms what to read.
func logQuery(from url.Values) (url.Values, error) {
	query := url.Values{}
	for key, fallback := range map[string]bool{"follow": true, "stdout": true, "stderr": true, "timestamps": false} {
		value, err := boolean(from, key, fallback)
		if err != nil {
			return nil, err
		}
		query.Set(key, strconv.FormatBool(value))
	}
	for _, key := range []string{"since", "tail"} {
		value, err := number(from, key)
		if err != nil {
			return nil, err
		}
		if value != "" {
			query.Set(key, value)
		}
	}
	return query, nil
}
