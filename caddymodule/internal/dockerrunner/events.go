package dockerrunner

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/same-origin/devproxy/compose/docker"
)

// defaultFilters are those of a request without any, or with some that cannot be
// read.
const defaultFilters = `{"type":["container"]}`

// events streams what happens in the engine, each event once and in order.
func (s *Service) events(c *call) error {
	from := c.request.URL.Query()
	since, err := number(from, "since")
	if err != nil {
		return err
	}
	query := url.Values{"filters": {filters(from.Get("filters"))}}
	if since != "" {
		query.Set("since", since)
	}
	ctx, cancel := s.context(c)
	defer cancel()
	engine, err := s.engine.get(ctx)
	if err != nil {
		return err
	}
	response, err := engine.Ask(ctx, docker.Request{Method: http.MethodGet, Path: "/events", Query: query})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	out, err := c.stream()
	if err != nil {
		return nil // nobody is there to be told
	}
	split := &splitter{emit: func(event []byte) error { return out.send(frame{Type: "event", Event: event}) }}
	err = out.follow(ctx, response.Body, split.add)
	if errors.Is(err, errUnread) {
		return nil
	}
	// From here on the client may have left.
	_ = split.flush()
	_ = out.send(frame{Type: "error", Message: reason(ctx, err)})
	return nil
}

// reason says why a stream has ended.
func reason(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx).Error()
	case err == nil:
		return "the engine ended the stream"
	}
	return docker.Words(err)
}

// filters reads filters as clients send them: JSON in base64, of either alphabet.
func filters(encoded string) string {
	plain := strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(strings.TrimRight(encoded, "="))
	text, err := base64.RawStdEncoding.DecodeString(plain)
	var object map[string]any
	if err != nil || json.Unmarshal(text, &object) != nil || object == nil {
		return defaultFilters
	}
	return string(text)
}
