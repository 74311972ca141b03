package project

import (
	"context"

	"github.com/compose-spec/compose-go/v2/graph"
	"github.com/compose-spec/compose-go/v2/types"
)

// Visit does something with a service.
type Visit func(ctx context.Context, service types.ServiceConfig) error

// InDependencyOrder visits each enabled service after all it depends on; services
// that do not depend on each other are visited at the same time. After an error,
// which is returned, no further service is visited, and the context of the visits
// under way is cancelled.
func (p *Project) InDependencyOrder(ctx context.Context, visit Visit) error {
	return p.inOrder(ctx, visit)
}

// InReverseOrder visits each enabled service before all it depends on, as
// stopping needs; otherwise as InDependencyOrder.
func (p *Project) InReverseOrder(ctx context.Context, visit Visit) error {
	return p.inOrder(ctx, visit, graph.InReverseOrder)
}

// inOrder cancels by itself: compose-go hands a service on as done before it
// learns that its visit failed, so that what depends on it could still start; and
// it takes a cancelled context for the end of the work.
func (p *Project) inOrder(ctx context.Context, visit Visit, options ...func(*graph.Options)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := graph.InDependencyOrder(ctx, p.Compose, func(visiting context.Context, _ string, service types.ServiceConfig) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := visit(visiting, service)
		if err != nil {
			cancel(err)
		}
		return err
	}, options...)
	if err == nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
