package stack

import (
	"context"
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
