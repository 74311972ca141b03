package dockerrunner

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"

	"github.com/same-origin/devproxy/compose/docker"
)

// putArchive unpacks a tar in a container that runs.
func (s *Service) putArchive(c *call) error {
	var body struct {
		ContainerID   string `json:"containerId"`
		Path          string `json:"path"`
		PayloadBase64 string `json:"payloadBase64"`
	}
	if err := c.decode(&body, false); err != nil {
		return err
	}
	c.body = nil // it may be large, and is held twice
	if err := c.about(body.ContainerID); err != nil {
		return err
	}
	if body.Path == "" {
		return invalid("path: must not be empty")
	}
	archive, err := base64.StdEncoding.DecodeString(body.PayloadBase64)
	if err != nil || len(archive) == 0 {
		return invalid("payloadBase64: expected a tar archive in base64")
	}
	ctx, cancel := s.context(c)
	defer cancel()
	found, err := s.alive(ctx, body.ContainerID)
	if err != nil {
		return err
	}
	defer s.use(found)()
	err = s.ask(ctx, docker.Request{
		Method: http.MethodPut, Path: "/containers/" + found.ID + "/archive", Query: url.Values{"path": {body.Path}},
		Body: bytes.NewReader(archive), Type: "application/x-tar",
	})
	if err != nil {
		return err
	}
	return c.done()
}
