package runnerclient

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Health says whether the service is up.
func (c *Client) Health(ctx context.Context) error { return c.do(ctx, get("/v1/health", nil), nil) }

// Ready says whether the service reaches its engine.
func (c *Client) Ready(ctx context.Context) error { return c.do(ctx, get("/v1/ready", nil), nil) }

// EnsureImage pulls an image that is not there. The platform may be empty.
func (c *Client) EnsureImage(ctx context.Context, image, platform string) error {
	body := struct {
		Image    string `json:"image"`
		Platform string `json:"platform,omitempty"`
	}{image, platform}
	return c.do(ctx, post("/v1/images/ensure", body, http.StatusNoContent), nil)
}

// StartOptions are all optional.
type StartOptions struct {
	Image            string            `json:"image,omitempty"` // default: the service's
	Name             string            `json:"name,omitempty"`
	Cmd              []string          `json:"cmd,omitempty"`
	Entrypoint       string            `json:"entrypoint,omitempty"`
	Env              map[string]string `json:"env,omitempty"`
	WorkingDir       string            `json:"workingDir,omitempty"`
	AutoRemove       *bool             `json:"autoRemove,omitempty"` // default true
	Binds            []string          `json:"binds,omitempty"`
	NetworkMode      string            `json:"networkMode,omitempty"`
	TTY              bool              `json:"tty,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
	Platform         string            `json:"platform,omitempty"` // linux/amd64 or linux/arm64
	Privileged       bool              `json:"privileged,omitempty"`
	AnonymousVolumes []string          `json:"anonymousVolumes,omitempty"`
	CreateExtras     map[string]any    `json:"createExtras,omitempty"` // in the engine's terms, merged last
	TTLSeconds       int64             `json:"ttlSeconds,omitempty"`   // default: the service's
}

// Start makes and starts a container and returns its id.
func (c *Client) Start(ctx context.Context, o StartOptions) (string, error) {
	var answer struct{ ContainerID string }
	err := c.do(ctx, post("/v1/containers/start", o, http.StatusOK), &answer)
	return answer.ContainerID, err
}

// container is the body of requests about one.
type container struct {
	ContainerID   string `json:"containerId"`
	TimeoutSec    *int   `json:"timeoutSec,omitempty"`
	Force         bool   `json:"force,omitempty"`
	RemoveVolumes bool   `json:"removeVolumes,omitempty"`
}

// Stop ends a container, with KILL after the grace period, in whole seconds. One
// that is stopped or gone is no error.
func (c *Client) Stop(ctx context.Context, id string, grace time.Duration) error {
	seconds := int(grace / time.Second)
	r := post("/v1/containers/stop", container{ContainerID: id, TimeoutSec: &seconds}, http.StatusNoContent)
	r.timeout = max(c.timeout, grace+execSlack)
	err := c.do(ctx, r, nil)
	if HasStatus(err, http.StatusNotModified, http.StatusNotFound, http.StatusConflict) {
		return nil
	}
	return err
}

// RemoveOptions say how thoroughly.
type RemoveOptions struct{ Force, Volumes bool }

// Remove removes a container. One that is gone is no error.
func (c *Client) Remove(ctx context.Context, id string, o RemoveOptions) error {
	body := container{ContainerID: id, Force: o.Force, RemoveVolumes: o.Volumes}
	err := c.do(ctx, post("/v1/containers/remove", body, http.StatusNoContent), nil)
	if HasStatus(err, http.StatusNotFound, http.StatusConflict) {
		return nil
	}
	return err
}

// Touch notes that a container is used, which lets it live on.
func (c *Client) Touch(ctx context.Context, id string) error {
	return c.do(ctx, post("/v1/containers/touch", container{ContainerID: id}, http.StatusNoContent), nil)
}

// Inspect is what the engine says of a container.
func (c *Client) Inspect(ctx context.Context, id string) (json.RawMessage, error) {
	var found json.RawMessage
	err := c.do(ctx, get("/v1/containers/inspect", url.Values{"containerId": {id}}), &found)
	return found, err
}

// Labels are those of a container.
func (c *Client) Labels(ctx context.Context, id string) (map[string]string, error) {
	var answer struct{ Labels map[string]string }
	err := c.do(ctx, get("/v1/containers/labels", url.Values{"containerId": {id}}), &answer)
	return answer.Labels, err
}

// Networks are the names of those that a container is in.
func (c *Client) Networks(ctx context.Context, id string) ([]string, error) {
	var answer struct{ Networks []string }
	err := c.do(ctx, get("/v1/containers/networks", url.Values{"containerId": {id}}), &answer)
	return answer.Networks, err
}

// FindByLabels are the ids of the containers with all the labels, oldest first;
// only those that run unless all are asked for.
func (c *Client) FindByLabels(ctx context.Context, labels map[string]string, all bool) ([]string, error) {
	body := struct {
		Labels map[string]string `json:"labels"`
		All    bool              `json:"all"`
	}{labels, all}
	var answer struct{ ContainerIDs []string }
	err := c.do(ctx, post("/v1/containers/findByLabels", body, http.StatusOK), &answer)
	return answer.ContainerIDs, err
}

// ListByVolume are the ids of the containers that mount a volume.
func (c *Client) ListByVolume(ctx context.Context, volume string) ([]string, error) {
	var answer struct{ ContainerIDs []string }
	err := c.do(ctx, get("/v1/containers/listByVolume", url.Values{"volumeName": {volume}}), &answer)
	return answer.ContainerIDs, err
}

// RemoveVolume removes a volume; one that is gone is no error.
func (c *Client) RemoveVolume(ctx context.Context, volume string, force bool) error {
	body := struct {
		VolumeName string `json:"volumeName"`
		Force      bool   `json:"force,omitempty"`
	}{volume, force}
	return c.do(ctx, post("/v1/volumes/remove", body, http.StatusNoContent), nil)
}

// PutArchive unpacks a tar archive below a folder of a container that runs.
func (c *Client) PutArchive(ctx context.Context, id, path string, archive []byte) error {
	body := struct {
		ContainerID   string `json:"containerId"`
		Path          string `json:"path"`
		PayloadBase64 []byte `json:"payloadBase64"`
	}{id, path, archive}
	return c.do(ctx, post("/v1/containers/putArchive", body, http.StatusNoContent), nil)
}
