package container

import (
	"context"
	"net/netip"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

// storeVariable is where a runner fetches content from.
const storeVariable = "BUNDLE_STORE_BASE"

// Store is where the runner fetches what the change loops publish.
type Store interface {
	// Reach has the store listen where containers are, whose way to this
	// machine is gateway, and gives the environment by which a runner finds
	// it; see the runner's documentation for the names.
	Reach(ctx context.Context, gateway netip.Addr) (map[string]string, error)
}

// furnish tells the runner's service where the store is. A service that names
// a store of its own keeps it.
func (r *Runner) furnish(ctx context.Context, engine *docker.Engine, p *project.Project) error {
	service, err := p.Runner()
	if err != nil || r.cfg.Store == nil || engine.Remote() != "" {
		return err
	}
	if own := service.Environment[storeVariable]; own != nil && *own != "" {
		r.hooks.Log.Info("the runner's service names a bundle store of its own, so it is not given what is built here", "service", service.Name, "variable", storeVariable)
		return nil
	}
	gateway, err := engine.HostGateway(ctx)
	if err != nil {
		return err
	}
	environment, err := r.cfg.Store.Reach(ctx, gateway)
	if err != nil {
		return err
	}
	if service.Environment == nil {
		service.Environment = types.MappingWithEquals{}
	}
	for name, value := range environment {
		if service.Environment[name] == nil {
			service.Environment[name] = &value
		}
	}
	p.Compose.Services[service.Name] = service
	r.furnished.Store(true)
	return nil
}

// Furnished says that the runner fetches what is published here.
func (r *Runner) Furnished() bool { return r.furnished.Load() }
