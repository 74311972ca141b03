package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

// emptyImage is what a compose file calls an image with nothing in it, as
// Dockerfiles do. No engine has one of that name.
const emptyImage = "scratch"

// runnerImage is what the next generation is made from. Around a binary it holds
// only what does not change with it, so it is built once, not at each deployment.
func (s *Stack) runnerImage(ctx context.Context) (string, error) {
	switch {
	case s.binary == "" || (s.service.Image != emptyImage && s.service.Build == nil):
		return s.image(ctx, s.service)
	case s.service.Build == nil:
		tag := s.Project.Compose.Name + "-" + s.Runner
		return s.Engine.BuildFromBinary(ctx, tag, nil, docker.Config{Labels: s.ours(s.Runner)})
	case s.base != "":
		return s.base, nil
	}
	image, err := s.image(ctx, s.service)
	if err == nil {
		s.base = image
	}
	return image, err
}

// withBinary adds the mount of a generation's folder to its service.
func withBinary(service types.ServiceConfig, folder string) types.ServiceConfig {
	service.Volumes = append(slices.Clone(service.Volumes), types.ServiceVolumeConfig{
		Type: types.VolumeTypeBind, Source: folder, Target: project.BinaryFolder, ReadOnly: true,
		Bind: &types.ServiceVolumeBind{CreateHostPath: false},
	})
	return service
}

// fingerprint counts the mount of a binary, but not the folder, which is another
// one for each generation.
func (s *Stack) fingerprint(service types.ServiceConfig) (string, error) {
	if s.binary != "" && service.Name == s.Runner {
		service = withBinary(service, "")
	}
	return s.Project.Fingerprint(service)
}

// runningBinary is the live generation's copy; the original where there is none.
func (s *Stack) runningBinary() string {
	live := s.Live()
	if s.binary == "" || live == nil {
		return s.binary
	}
	copied := filepath.Join(s.folders.of(live.Number), filepath.Base(s.binary))
	if _, err := os.Stat(copied); err != nil {
		return s.binary
	}
	return copied
}

// sameBinary says whether the live generation executes the binary as it is now.
func (s *Stack) sameBinary(live *Generation) bool {
	if s.binary == "" {
		return true
	}
	now, err := os.ReadFile(s.binary)
	if err != nil {
		return true // nothing to replace it by
	}
	then, err := os.ReadFile(filepath.Join(s.folders.of(live.Number), filepath.Base(s.binary)))
	return err == nil && bytes.Equal(now, then)
}

// give puts the binary into the folder of a generation.
func (s *Stack) give(binary string, number int) error {
	err := put(binary, s.folders.of(number))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("copying the binary of service %s: %w (build it, or correct %s.binary)", s.Runner, err, project.ExtensionName)
	case err != nil:
		return fmt.Errorf("copying the binary of service %s: %w", s.Runner, err)
	}
	return nil
}
