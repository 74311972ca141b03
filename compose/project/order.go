package project

import (
	"context"

	"github.com/compose-spec/compose-go/v2/graph"
	"github.com/compose-spec/compose-go/v2/types"
)

// InDependencyOrder visits each enabled service after all it depends on; services
// that do not depend on each other are visited at the same time. The first error
// ends the visit and is returned.
func (p *Project) InDependencyOrder(ctx context.Context, visit func(context.Context, types.ServiceConfig) error) error {
	return graph.InDependencyOrder(ctx, p.Compose, visitor(visit))
}

// InReverseOrder visits each enabled service before all it depends on, as
// stopping needs.
func (p *Project) InReverseOrder(ctx context.Context, visit func(context.Context, types.ServiceConfig) error) error {
	return graph.InDependencyOrder(ctx, p.Compose, visitor(visit), graph.InReverseOrder)
}

func visitor(visit func(context.Context, types.ServiceConfig) error) func(context.Context, string, types.ServiceConfig) error {
	return func(ctx context.Context, _ string, service types.ServiceConfig) error { return visit(ctx, service) }
}
