package dockerrunner

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/expression"
)

// platforms are those that containers may be started for.
var platforms = []string{"", "linux/amd64", "linux/arm64"}

func checkPlatform(platform string) error {
	if !slices.Contains(platforms, platform) {
		return invalid("platform: expected linux/amd64 or linux/arm64, got %q", platform)
	}
	return nil
}

// imageName is what may become part of a path; the engine knows better what is a
// reference.
var imageName = expression.WhenNeeded(`^[a-zA-Z0-9][a-zA-Z0-9_:@/-]*(\.[a-zA-Z0-9_:@/-]+)*$`)

func checkImage(image string) error {
	if !imageName().MatchString(image) {
		return invalid("image: expected the name of an image, got %q", image)
	}
	return nil
}

func (s *Service) ensureImage(c *call) error {
	var body struct {
		Image    string `json:"image"`
		Platform string `json:"platform"`
	}
	if err := c.decode(&body, false); err != nil {
		return err
	}
	if err := checkImage(body.Image); err != nil {
		return err
	}
	if err := checkPlatform(body.Platform); err != nil {
		return err
	}
	ctx, cancel := s.context(c)
	defer cancel()
	if err := s.fetch(ctx, body.Image, body.Platform); err != nil {
		return err
	}
	return c.done()
}

// fetch pulls an image that is not there. With a platform it always asks: the one
// that is there may be of another.
func (s *Service) fetch(ctx context.Context, image, platform string) error {
	engine, err := s.engine.get(ctx)
	if err != nil {
		return err
	}
	if platform == "" {
		err := engine.Decode(ctx, docker.Request{Method: http.MethodGet, Path: "/images/" + url.PathEscape(image) + "/json"}, nil)
		if !hasStatus(err, http.StatusNotFound) {
			return err
		}
	}
	return engine.Pull(ctx, image, platform)
}
