package dockerrunner

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/same-origin/devproxy/compose/docker"
)

// inspection is what we read ourselves of a container.
type inspection struct {
	ID    string `json:"Id"`
	State struct{ Running bool }

	Config          struct{ Labels map[string]string }
	NetworkSettings struct {
		Ports    map[string][]struct{ HostIP, HostPort string }
		Networks map[string]struct{ IPAddress string }
	}
}

// look inspects a container for ourselves.
func (s *Service) look(ctx context.Context, id string) (inspection, error) {
	var found inspection
	err := s.decode(ctx, docker.Request{Method: http.MethodGet, Path: "/containers/" + id + "/json"}, &found)
	return found, err
}

// alive inspects a container that must run.
func (s *Service) alive(ctx context.Context, id string) (inspection, error) {
	found, err := s.look(ctx, id)
	if err == nil && !found.State.Running {
		err = fmt.Errorf("container %q is not running", id)
	}
	return found, err
}

// named checks the container that a query names.
func (c *call) named() (string, error) {
	id := c.request.URL.Query().Get("containerId")
	return id, c.about(id)
}

// inspect passes on what the engine says, as it stands.
func (s *Service) inspect(c *call) error {
	id, err := c.named()
	if err != nil {
		return err
	}
	var found json.RawMessage
	if err := s.decode(c.request.Context(), docker.Request{Method: http.MethodGet, Path: "/containers/" + id + "/json"}, &found); err != nil {
		return err
	}
	c.reply(http.StatusOK, found)
	return nil
}

func (s *Service) labels(c *call) error {
	id, err := c.named()
	if err != nil {
		return err
	}
	found, err := s.look(c.request.Context(), id)
	if err != nil {
		return err
	}
	c.reply(http.StatusOK, struct {
		Labels map[string]string `json:"labels,omitempty"`
	}{found.Config.Labels})
	return nil
}

func (s *Service) networks(c *call) error {
	id, err := c.named()
	if err != nil {
		return err
	}
	found, err := s.look(c.request.Context(), id)
	if err != nil {
		return err
	}
	names := slices.AppendSeq([]string{}, maps.Keys(found.NetworkSettings.Networks))
	slices.Sort(names)
	c.reply(http.StatusOK, map[string][]string{"networks": names})
	return nil
}
