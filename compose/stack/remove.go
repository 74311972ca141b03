package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

const workingDirLabel = project.LabelPrefix + "project.working_dir"

// elsewhere is another folder whose project has the same name and containers now;
// "" when there is none.
func (s *Stack) elsewhere(ctx context.Context) (string, error) {
	list, err := s.Engine.Containers(ctx, s.everyones(""))
	for _, c := range list {
		if dir := c.Labels[workingDirLabel]; dir != "" && dir != s.Project.Compose.WorkingDir {
			return dir, nil
		}
	}
	return "", err
}

// foreign says why a network or volume is not ours to remove; "" when it is. What
// Compose made by hand names its project, but not the folder of that.
func (s *Stack) foreign(labels map[string]string, elsewhere string) string {
	name, instance, dir := s.Project.Compose.Name, labels[InstanceLabel], labels[workingDirLabel]
	switch {
	case labels[project.LabelPrefix+"project"] != name:
		return "it was not made for project " + name
	case instance == s.Instance:
		return ""
	case instance != "":
		return "another devproxy made it, for a project of the same name"
	case dir != "" && dir != s.Project.Compose.WorkingDir:
		return "it was made for the project of the same name in " + dir
	case elsewhere != "":
		return "it may belong to the project of the same name in " + elsewhere
	}
	return ""
}

// removeNetworks leaves external ones alone.
func (s *Stack) removeNetworks(ctx context.Context, elsewhere string) error {
	var errs []error
	for _, network := range s.Project.Compose.Networks {
		if network.External {
			continue
		}
		labels, err := s.Engine.NetworkLabels(ctx, network.Name)
		if docker.Is(err, docker.CodeNetworkNotFound) {
			continue
		}
		if err == nil && s.spared("network", network.Name, s.foreign(labels, elsewhere)) {
			continue
		}
		if err == nil {
			err = s.unlessInUse("network", network.Name, s.Engine.RemoveNetwork(ctx, network.Name))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// removeVolumes leaves external ones alone. Anonymous ones are found by the labels
// that they were given: their containers may be gone.
func (s *Stack) removeVolumes(ctx context.Context, elsewhere string) error {
	names, err := s.Engine.UnusedVolumes(ctx, s.ours(""))
	errs := []error{err}
	for _, volume := range s.Project.Compose.Volumes {
		if volume.External {
			continue
		}
		labels, err := s.Engine.VolumeLabels(ctx, volume.Name)
		if docker.Is(err, docker.CodeVolumeNotFound) {
			continue
		}
		errs = append(errs, err)
		if err == nil && !s.spared("volume", volume.Name, s.foreign(labels, elsewhere)) {
			names = append(names, volume.Name)
		}
	}
	for _, name := range names {
		errs = append(errs, s.unlessInUse("volume", name, s.Engine.RemoveVolume(ctx, name)))
	}
	return errors.Join(errs...)
}

// removeImages removes those that we made around a program. What a Dockerfile
// builds is the project's own, and stays as it does for Compose.
func (s *Stack) removeImages(ctx context.Context) error {
	var errs []error
	for _, service := range s.Project.Compose.Services {
		name := imageName(s.Project.Compose, service)
		if service.Image == emptyImage {
			name = s.Project.Compose.Name + "-" + service.Name
		}
		if service.Build != nil {
			continue
		}
		found, err := s.Engine.InspectImage(ctx, name)
		if docker.Is(err, docker.CodeImageNotFound) {
			continue
		}
		if err == nil && found.Labels[InstanceLabel] == s.Instance {
			err = s.Engine.RemoveImage(ctx, name)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// spared reports what is kept, and why.
func (s *Stack) spared(kind, name, why string) bool {
	if why == "" {
		return false
	}
	s.report(fmt.Errorf("keeping %s %s: %s", kind, name, why))
	return true
}

// unlessInUse lets what containers of others are attached to be: theirs is the
// last word, and the next down removes it.
func (s *Stack) unlessInUse(kind, name string, err error) error {
	if errors.Is(err, docker.ErrMiscounted) {
		s.report(fmt.Errorf("keeping %s %s: %w", kind, name, docker.ErrMiscounted))
		return nil
	}
	if docker.Is(err, docker.CodeInUse) {
		s.spared(kind, name, "containers that are not ours use it")
		return nil
	}
	return err
}
