package stack

import (
	"context"
	"errors"

	"github.com/compose-spec/compose-go/v2/types"
)

// Down stops and removes everything this instance made for the project, those
// that depend on others first, then the networks and, when asked, the volumes and
// what they hold, the images that were made without a Dockerfile, and the last lines
// that were kept. External networks and volumes stay, and so do those that were not
// made for this project in this folder; Report names them.
func (s *Stack) Down(ctx context.Context, volumes bool) error {
	release, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	elsewhere, err := s.elsewhere(ctx)
	if err != nil {
		return err
	}
	s.setLive(nil) // before the first stop: nobody is to bring it back
	s.Settle()
	err = s.Project.InReverseOrder(ctx, func(ctx context.Context, service types.ServiceConfig) error {
		return s.endOurs(ctx, service.Name, volumes)
	})
	// Services that the files no longer name go as well.
	err = errors.Join(err, s.endOurs(ctx, "", volumes), s.folders.keep(), s.removeNetworks(ctx, elsewhere))
	if volumes {
		err = errors.Join(err, s.removeVolumes(ctx, elsewhere), s.removeImages(ctx), s.remains.clear())
	}
	return errors.Join(err, s.Prune(ctx))
}

// Prune removes the images of this instance that rebuilds left without a name.
func (s *Stack) Prune(ctx context.Context) error {
	return s.Engine.PruneImages(ctx, map[string]string{InstanceLabel: s.Instance})
}

func (s *Stack) endOurs(ctx context.Context, service string, volumes bool) error {
	list, err := s.Engine.Containers(ctx, s.ours(service))
	if err != nil {
		return err
	}
	return s.endAll(ctx, list, volumes)
}
