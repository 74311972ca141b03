package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/build"
)

// BuildSpec is an image to build with the engine's BuildKit. The context travels
// as the request body, without a session: it needs no buildx, and cannot give
// build secrets, SSH or registry credentials.
type BuildSpec struct {
	Tag      string
	Build    types.BuildConfig
	Platform string
	Labels   map[string]string
	// Progress hears of each step and each line of output, in order. Default:
	// nobody does.
	Progress func(BuildEvent)
}

// Build builds an image and returns its id. The end of the context stops the
// build in the engine.
func (e *Engine) Build(ctx context.Context, spec BuildSpec) (string, error) {
	if err := spec.supported(); err != nil {
		return "", err
	}
	options, body, err := spec.request()
	if err != nil {
		return "", err
	}
	defer body.Close()
	response, err := e.cli.ImageBuild(ctx, body, options)
	if err != nil {
		return "", mapped("building image", spec.Tag, err)
	}
	defer response.Body.Close()
	id, err := readBuild(response.Body, spec.Progress)
	var failed *stepError
	if errors.As(err, &failed) {
		return "", &Error{Code: CodeBuildFailed, Doing: "building image", Subject: spec.Tag, Fix: "see the build's output above", Err: failed}
	}
	return id, mapped("building image", spec.Tag, err)
}

// supported refuses what only a BuildKit session can do.
func (s BuildSpec) supported() error {
	b := s.Build
	var key string
	switch {
	case len(b.Secrets) > 0:
		key = "secrets"
	case len(b.SSH) > 0:
		key = "ssh"
	case len(b.AdditionalContexts) > 0:
		key = "additional_contexts"
	default:
		return nil
	}
	return &Error{
		Code: CodeUnsupported, Doing: "building image", Subject: s.Tag, Err: fmt.Errorf("build.%s needs a builder session", key),
		Fix: "build it with `docker compose build` first and name it by `image:` alone",
	}
}

// request gives the options and the context as a tar stream; a context in a git
// repository is fetched by the engine.
func (s BuildSpec) request() (build.ImageBuildOptions, io.ReadCloser, error) {
	b := s.Build
	hosts := b.ExtraHosts.AsList(":")
	slices.Sort(hosts)
	options := build.ImageBuildOptions{
		Version: build.BuilderBuildKit, Tags: slices.Concat([]string{s.Tag}, b.Tags),
		BuildArgs: b.Args, Target: b.Target, NoCache: b.NoCache, PullParent: b.Pull,
		CacheFrom: b.CacheFrom, ExtraHosts: hosts, NetworkMode: b.Network, ShmSize: int64(b.ShmSize),
		Ulimits: ulimits(b.Ulimits), Labels: merged(b.Labels, s.Labels), Platform: s.Platform,
		Dockerfile: b.Dockerfile, Remove: true, ForceRemove: true,
	}
	if len(b.Platforms) == 1 && s.Platform == "" {
		options.Platform = b.Platforms[0]
	}
	if remote(b.Context) {
		options.RemoteContext = b.Context
		return options, http.NoBody, nil
	}
	body, name, err := contextTar(b)
	options.Dockerfile = name
	return options, body, err
}

func remote(path string) bool {
	u, err := url.Parse(path)
	return err == nil && slices.Contains([]string{"http", "https", "git", "ssh"}, u.Scheme)
}

// readBuild follows the engine's answer to the end and returns the image's id.
func readBuild(body io.Reader, progress func(BuildEvent)) (string, error) {
	decoder, id := json.NewDecoder(body), ""
	trace := newTrace(progress)
	for {
		var message struct {
			Error string
			ID    string
			Aux   json.RawMessage
		}
		if err := decoder.Decode(&message); errors.Is(err, io.EOF) {
			return id, nil
		} else if err != nil {
			return "", fmt.Errorf("reading the build's progress: %w", err)
		}
		if message.Error != "" {
			return "", &stepError{step: trace.failed, message: message.Error}
		}
		switch message.ID {
		case "moby.image.id":
			var image struct{ ID string }
			if err := json.Unmarshal(message.Aux, &image); err == nil {
				id = image.ID
			}
		case "moby.buildkit.trace":
			trace.read(message.Aux)
		}
	}
}

// stepError is a build that failed, with the step that did.
type stepError struct{ step, message string }

func (e *stepError) Error() string {
	if e.step == "" {
		return e.message
	}
	return fmt.Sprintf("step %q: %s", e.step, e.message)
}
