package dockerrunner

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// defaultGrace is what a container has between TERM and KILL, in seconds.
const defaultGrace = 10

// maxGrace in seconds; an engine counts in a type that a larger one overflows.
const maxGrace = 24 * 3600

// stopSlack is what an engine may need beyond the grace period.
const stopSlack = 30 * time.Second

func (s *Service) stop(c *call) error {
	var body struct {
		ContainerID string `json:"containerId"`
		TimeoutSec  *int64 `json:"timeoutSec"`
	}
	if err := c.decode(&body, false); err != nil {
		return err
	}
	if err := c.about(body.ContainerID); err != nil {
		return err
	}
	grace := int64(defaultGrace)
	if body.TimeoutSec != nil {
		grace = *body.TimeoutSec
	}
	if grace < 0 || grace > maxGrace {
		return invalid("timeoutSec: expected a number from 0 to %d, got %d", maxGrace, grace)
	}
	if err := s.halt(c.request.Context(), body.ContainerID, grace); err != nil {
		return err
	}
	return c.done()
}

// halt stops a container. One that is stopped, gone, or being removed is no error.
func (s *Service) halt(ctx context.Context, id string, grace int64) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(grace)*time.Second+stopSlack)
	defer cancel()
	err := s.ask(ctx, docker.Request{
		Method: http.MethodPost, Path: "/containers/" + id + "/stop", Query: url.Values{"t": {strconv.FormatInt(grace, 10)}},
	})
	if hasStatus(err, http.StatusNotModified, http.StatusNotFound, http.StatusConflict) {
		return nil
	}
	return err
}

func (s *Service) remove(c *call) error {
	var body struct {
		ContainerID   string `json:"containerId"`
		Force         bool   `json:"force"`
		RemoveVolumes bool   `json:"removeVolumes"`
	}
	if err := c.decode(&body, false); err != nil {
		return err
	}
	if err := c.about(body.ContainerID); err != nil {
		return err
	}
	if err := s.drop(c.request.Context(), body.ContainerID, body.Force, body.RemoveVolumes); err != nil {
		return err
	}
	return c.done()
}

// drop removes a container. One that is gone, or being removed, is no error; nor,
// by contract, is one that runs and is not to be forced.
func (s *Service) drop(ctx context.Context, id string, force, volumes bool) error {
	err := s.ask(ctx, docker.Request{
		Method: http.MethodDelete, Path: "/containers/" + id,
		Query: url.Values{"force": {strconv.FormatBool(force)}, "v": {strconv.FormatBool(volumes)}},
	})
	if hasStatus(err, http.StatusNotFound, http.StatusConflict) {
		return nil
	}
	return err
}

// discard removes a container that nobody knows of, with what it holds.
func (s *Service) discard(ctx context.Context, id string) error {
	return s.drop(ctx, id, true, true)
}

// about checks the container that a call names, and notes it for the log.
func (c *call) about(id string) error {
	if err := checkID("containerId", id); err != nil {
		return err
	}
	c.container = id
	return nil
}
