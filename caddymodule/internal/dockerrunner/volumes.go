package dockerrunner

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/same-origin/devproxy/compose/docker"
)

func (s *Service) removeVolume(c *call) error {
	var body struct {
		VolumeName string `json:"volumeName"`
		Force      bool   `json:"force"`
	}
	if err := c.decode(&body, false); err != nil {
		return err
	}
	if err := checkID("volumeName", body.VolumeName); err != nil {
		return err
	}
	err := s.ask(c.request.Context(), docker.Request{
		Method: http.MethodDelete, Path: "/volumes/" + body.VolumeName, Query: url.Values{"force": {strconv.FormatBool(body.Force)}},
	})
	if err != nil && !hasStatus(err, http.StatusNotFound) {
		return err
	}
	return c.done()
}
