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
	// Local has the store listen on loopback and gives its address there.
	Local(ctx context.Context) (netip.AddrPort, error)
	// Environment is that of a runner that finds the store at host and port,
	// from where something leads to Local.
	Environment(host string, port uint16) map[string]string
}

// furnish tells the runner's service where the store is. A service that names
// a store of its own keeps it.
func (r *Runner) furnish(ctx context.Context, engine *docker.Engine, p *project.Project) error {
	service, err := p.Runner()
	if err != nil || r.cfg.Store == nil || engine.Remote() != "" && !engine.Through() {
		return err
	}
	if own := service.Environment[storeVariable]; own != nil && *own != "" {
		r.hooks.Log.Info("the runner's service names a bundle store of its own, so it is not given what is built here", "service", service.Name, "variable", storeVariable)
		return nil
	}
	environment, err := r.reachStore(ctx, engine)
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

// reachStore makes the store reachable from containers of the engine.
func (r *Runner) reachStore(ctx context.Context, engine *docker.Engine) (map[string]string, error) {
	if engine.Through() {
		host, port, err := r.offer(ctx, engine)
		if err != nil {
			return nil, err
		}
		return r.cfg.Store.Environment(host, port), nil
	}
	gateway, err := engine.HostGateway(ctx)
	if err != nil {
		return nil, err
	}
	return r.cfg.Store.Reach(ctx, gateway)
}

// Furnished says that the runner fetches what is published here.
func (r *Runner) Furnished() bool { return r.furnished.Load() }
