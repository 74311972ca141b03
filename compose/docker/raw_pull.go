package docker

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/distribution/reference"
)

// Pull fetches an image from its registry, without credentials. The platform may
// be empty. A name without a tag means "latest": to the engine it would be all.
func (r *Raw) Pull(ctx context.Context, name, platform string) error {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return &StatusError{Status: http.StatusBadRequest, Message: err.Error()}
	}
	query := url.Values{"fromImage": {reference.FamiliarName(named)}, "tag": {version(reference.TagNameOnly(named))}}
	if platform != "" {
		query.Set("platform", platform)
	}
	response, err := r.Ask(ctx, Request{Method: http.MethodPost, Path: "/images/create", Query: query})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := firstError(response.Body); err != nil {
		return fmt.Errorf("pulling image %s: %w", name, err)
	}
	return nil
}

func version(named reference.Named) string {
	switch n := named.(type) {
	case reference.Digested:
		return n.Digest().String()
	case reference.Tagged:
		return n.Tag()
	}
	return ""
}
