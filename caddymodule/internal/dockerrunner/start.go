package dockerrunner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// defaultImage is started where a request names none.
const defaultImage = "mcr.microsoft.com/vscode/devcontainers/base"

// platformLabel is what clients of the original find containers by.
const platformLabel = "hautech.ai/platform"

// startBody is the request of /v1/containers/start.
type startBody struct {
	Image            string            `json:"image"`
	Name             string            `json:"name"`
	Cmd              []string          `json:"cmd"`
	Entrypoint       string            `json:"entrypoint"`
	Env              environ           `json:"env"`
	WorkingDir       string            `json:"workingDir"`
	AutoRemove       *bool             `json:"autoRemove"` // default true
	Binds            []string          `json:"binds"`
	NetworkMode      string            `json:"networkMode"`
	TTY              bool              `json:"tty"`
	Labels           map[string]string `json:"labels"`
	Platform         string            `json:"platform"`
	Privileged       bool              `json:"privileged"`
	AnonymousVolumes []string          `json:"anonymousVolumes"`
	CreateExtras     map[string]any    `json:"createExtras"`
	TTLSeconds       *int64            `json:"ttlSeconds"`
}

// maxTTL in seconds: ten years, far below what a duration can hold.
const maxTTL = 10 * 365 * 24 * 3600

func (b *startBody) check() error {
	if b.TTLSeconds != nil && (*b.TTLSeconds <= 0 || *b.TTLSeconds > maxTTL) {
		return invalid("ttlSeconds: expected a number from 1 to %d, got %d", maxTTL, *b.TTLSeconds)
	}
	if b.Name != "" {
		if err := checkID("name", b.Name); err != nil {
			return err
		}
	}
	if err := checkImage(b.Image); err != nil {
		return err
	}
	return checkPlatform(b.Platform)
}

func (s *Service) start(c *call) error {
	body := startBody{Image: defaultImage}
	if err := c.decode(&body, true); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	ctx, cancel := s.context(c)
	defer cancel()
	if err := s.fetch(ctx, body.Image, body.Platform); err != nil {
		return err
	}
	id, err := s.run(ctx, body)
	c.container = id
	if err != nil {
		return err
	}
	answer := map[string]string{"containerId": id, "status": "running"}
	if body.Name != "" {
		answer["name"] = body.Name
	}
	c.reply(http.StatusOK, answer)
	return nil
}

// startLimit bounds a create and a start, which a client that leaves does not end:
// nobody would know of what the engine made meanwhile.
const startLimit = 2 * time.Minute

// run creates and starts a container; one that does not start is removed.
func (s *Service) run(ctx context.Context, body startBody) (id string, err error) {
	ctx, cancel := s.aftermath(ctx, startLimit)
	defer cancel()
	config, err := json.Marshal(s.leases.label(body.config(), body.TTLSeconds))
	if err != nil {
		return "", fmt.Errorf("writing the container's configuration: %w", err)
	}
	query := url.Values{}
	if body.Name != "" {
		query.Set("name", body.Name)
	}
	if body.Platform != "" {
		query.Set("platform", body.Platform)
	}
	var made struct{ ID string }
	create := docker.Request{Method: http.MethodPost, Path: "/containers/create", Query: query, Body: bytes.NewReader(config)}
	if err := s.decode(ctx, create, &made); err != nil {
		return "", err
	}
	err = s.ask(ctx, docker.Request{Method: http.MethodPost, Path: "/containers/" + made.ID + "/start"})
	if err != nil && !hasStatus(err, http.StatusNotModified) {
		_ = s.discard(ctx, made.ID) // the first error is the one that says why
		return made.ID, err
	}
	if err := s.leases.add(made.ID); err != nil {
		s.log.Load().Warn("noting the use of a container", "containerId", made.ID, "error", err)
	}
	return made.ID, nil
}
