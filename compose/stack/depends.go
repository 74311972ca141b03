package stack

import (
	"context"
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"
	"golang.org/x/sync/errgroup"
)

// awaitDependencies waits until each service this one depends on is as far as its
// condition asks: started, healthy, or ended with exit code 0.
func (s *Stack) awaitDependencies(ctx context.Context, service types.ServiceConfig, started *containers) error {
	group, ctx := errgroup.WithContext(ctx)
	for name, dependency := range service.DependsOn {
		id := started.get(name)
		if id == "" {
			continue // not enabled: the loader has let that pass only when it is not required
		}
		group.Go(func() error {
			err := s.await(ctx, id, dependency.Condition)
			if err == nil || (!dependency.Required && ctx.Err() == nil) {
				return nil
			}
			return fmt.Errorf("starting service %s: its dependency %s: %w", service.Name, name, err)
		})
	}
	return group.Wait()
}

func (s *Stack) await(ctx context.Context, id, condition string) error {
	switch condition {
	case types.ServiceConditionHealthy:
		_, err := s.awaitHealthy(ctx, id)
		return s.withTail(ctx, err)
	case types.ServiceConditionCompletedSuccessfully:
		return s.awaitSuccess(ctx, id)
	}
	return nil
}

func (s *Stack) awaitSuccess(ctx context.Context, id string) error {
	code, err := s.Engine.WaitExit(ctx, id)
	if err != nil || code == 0 {
		return err
	}
	c, err := s.Engine.Inspect(ctx, id)
	if err != nil {
		return err
	}
	return s.withTail(ctx, &UnhealthyError{Container: c, Reason: ended(c)})
}
