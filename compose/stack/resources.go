package stack

import (
	"context"
	"errors"

	"github.com/same-origin/devproxy/compose/docker"
)

// ensureResources makes the project's networks and volumes that are missing.
func (s *Stack) ensureResources(ctx context.Context) error {
	compose := s.Project.Compose
	for key, network := range compose.Networks {
		labels := s.Project.NetworkLabels(key)
		labels[InstanceLabel] = s.Instance
		if err := s.Engine.EnsureNetwork(ctx, network, labels); err != nil {
			return err
		}
	}
	for key, volume := range compose.Volumes {
		labels := s.Project.VolumeLabels(key)
		labels[InstanceLabel] = s.Instance
		if err := s.Engine.EnsureVolume(ctx, volume, labels); err != nil {
			return err
		}
	}
	return nil
}

// removeNetworks leaves external ones alone.
func (s *Stack) removeNetworks(ctx context.Context) error {
	var errs []error
	for _, network := range s.Project.Compose.Networks {
		if !network.External {
			errs = append(errs, unlessInUse(s.Engine.RemoveNetwork(ctx, network.Name)))
		}
	}
	return errors.Join(errs...)
}

// removeVolumes leaves external ones alone.
func (s *Stack) removeVolumes(ctx context.Context) error {
	var errs []error
	for _, volume := range s.Project.Compose.Volumes {
		if !volume.External {
			errs = append(errs, unlessInUse(s.Engine.RemoveVolume(ctx, volume.Name)))
		}
	}
	return errors.Join(errs...)
}

// unlessInUse lets what containers of others are attached to be: theirs is the
// last word, and the next down removes it.
func unlessInUse(err error) error {
	if docker.Is(err, docker.CodeInUse) {
		return nil
	}
	return err
}
