package engine

import (
	"context"
	"errors"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/knative"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// discovery follows what a cluster says of a backend's service. It is guarded
// by Engine.mu.
type discovery struct {
	made    backend.Service
	service knative.Service
	err     error // why the cluster says nothing of it
	asked   bool
	stop    context.CancelFunc
}

// absent is why the service cannot be asked; nil when it may answer, even if
// the cluster calls it not ready.
func (d *discovery) absent(b *backend.Backend) error {
	switch {
	case b.Config().BaseURL != nil && d.err == nil && d.service.URL != nil:
		return nil
	case !d.asked:
		return &monitor.FaultError{Fault: monitor.Fault{Code: codeStarting, Message: "the cluster has not been asked yet"}}
	case d.err != nil:
		return faultOf(d.err)
	}
	return faultOf(d.service.Err())
}

// warning is what the cluster says of a service that may answer all the same.
func (d *discovery) warning() *knative.Error {
	var fault *knative.Error
	if d.asked && d.err == nil {
		errors.As(d.service.Err(), &fault)
	}
	return fault
}

func faultOf(err error) error {
	var fault *knative.Error
	if !errors.As(err, &fault) {
		return err
	}
	return &monitor.FaultError{Fault: monitor.Fault{Code: fault.Code, Message: fault.Error() + "; " + fault.Fix}}
}

// found adds what a cluster said of a service to its backend's config. With a
// base URL of its own, that of an ingress, only the name by which the ingress
// knows it is taken. While nothing is known, there is no base URL. The caller
// holds e.mu.
func (e *Engine) found(cfg backend.Config) backend.Config {
	if cfg.Service.Ref.Name == "" || (cfg.BaseURL != nil && cfg.Host != "") {
		return cfg
	}
	d, ingress := e.clusters[cfg.Name], cfg.BaseURL
	cfg.BaseURL = nil
	if d == nil || d.made != cfg.Service || d.service.URL == nil {
		return cfg
	}
	switch {
	case ingress != nil:
		cfg.BaseURL, cfg.Host = ingress, d.service.URL.Host
	case !d.service.Local():
		cfg.BaseURL = d.service.URL
	}
	return cfg
}

// applyClusters follows the services of the backends that are wanted.
func (e *Engine) applyClusters(s Settings) {
	e.mu.Lock()
	var begin []string
	for name, cfg := range s.Backends {
		d := e.clusters[name]
		want := cfg.Service.Ref.Name != "" && e.wantedLocked(s, name)
		if d != nil && (!want || d.made != cfg.Service) {
			d.stop()
			delete(e.clusters, name)
		}
		if want && e.clusters[name] == nil {
			e.clusters[name] = &discovery{made: cfg.Service, stop: func() {}}
			begin = append(begin, name)
		}
	}
	for name, d := range e.clusters {
		if _, known := s.Backends[name]; !known {
			d.stop()
			delete(e.clusters, name)
		}
	}
	e.mu.Unlock()
	for _, name := range begin {
		e.discover(name, s.Backends[name].Service)
	}
}

// discover begins to ask the cluster, with the developer's own kubeconfig.
func (e *Engine) discover(name string, service backend.Service) {
	ctx, cancel := context.WithCancel(e.ctx)
	e.mu.Lock()
	e.clusters[name].stop = cancel
	e.mu.Unlock()
	e.background(func(context.Context) {
		seen := func(s knative.Service, err error) { e.discovered(name, service, s, err) }
		if cluster := openCluster(ctx, service, seen); cluster != nil {
			defer cluster.Close()
			cluster.Follow(ctx, service.Ref, knative.FollowInterval, seen)
		}
	})
}

// openPause is how often a kubeconfig is read again that cannot be used: who
// mends it, or logs in, restarts nothing.
const openPause = time.Second

// openCluster tells of each new error, and gives nil when ctx ends.
func openCluster(ctx context.Context, service backend.Service, seen func(knative.Service, error)) *knative.Cluster {
	tick := time.NewTicker(openPause)
	defer tick.Stop()
	for said := ""; ; {
		cluster, err := knative.Open(knative.Options{Kubeconfig: service.Kubeconfig, Context: service.Context})
		if err == nil {
			return cluster
		}
		if err.Error() != said {
			said = err.Error()
			seen(knative.Service{}, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// discovered takes down what the cluster says, and moves the backend when its
// service did. A cluster that is away moves nothing.
func (e *Engine) discovered(name string, service backend.Service, s knative.Service, err error) {
	e.mu.Lock()
	d := e.clusters[name]
	// the other options may have changed since the cluster was first asked
	now := e.settings.Load().Backends[name]
	if d == nil || d.made != service || now.Service != service || e.backends[name] == nil {
		e.mu.Unlock()
		return
	}
	d.asked = true
	if err == nil || d.service.URL == nil {
		d.service, d.err = s, err
	}
	warning := d.warning()
	e.mu.Unlock()
	old, next := e.move(name, service)
	e.watch(name)
	if next == old {
		e.Retry(name)
	}
	switch {
	case err != nil:
		e.logOf(name).Warn("the cluster says nothing of the runner's service: "+err.Error(), "backend", name, "code", codeOf(err))
	case warning != nil:
		e.logOf(name).Warn(warning.Error(), "backend", name, "code", warning.Code, "fix", warning.Fix)
	}
	if next != old {
		e.log.Info("the runner's service was found", "backend", name, "baseUrl", addressOf(next), "revision", s.Revision)
		e.retire([]*backend.Backend{old}, nil)
	}
}

// move turns the named backend to where its service is now, and gives what it
// was before; twice the same when it is there already. What is made may read
// files, and is made without e.mu.
func (e *Engine) move(name string, service backend.Service) (old, next *backend.Backend) {
	var made *backend.Backend
	for {
		e.mu.Lock()
		old = e.backends[name]
		now := e.settings.Load().Backends[name]
		moved := e.found(now)
		switch {
		case old == nil || now.Service != service || sameConfig(moved, old.Config()):
			e.mu.Unlock()
			return old, old
		case made != nil && sameConfig(moved, made.Config()):
			e.backends[name] = made
			e.selector.SetReady(made, moved.BaseURL != nil)
			e.selector.Replace(old, made)
			e.mu.Unlock()
			return old, made
		}
		e.mu.Unlock()
		made = backend.New(moved)
	}
}

func codeOf(err error) string {
	var fault *knative.Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}
