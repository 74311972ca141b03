// Package registry answers what a runner of the platform asks over HTTP: which
// extension a host name stands for, whether an installation is valid, and the
// bundle of a content hash. Runners in containers are pointed at it by
// [Registry.Env]; the embedded one needs none of it.
//
// The engine owns a [Registry] and says on which addresses it listens; the
// registry asks it back through [Installs], and reads bundles.
package registry

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
)

// Installs knows what is installed. It is asked by several goroutines at once
// and must not block for long: runners wait 750 ms.
type Installs interface {
	// ByHost gives what the host name shows. host has no port and is in
	// lower case.
	ByHost(host string) (Install, bool)
	// Valid says whether the tenant may use this content of the extension:
	// the present one, or one that pages loaded a moment ago still name.
	Valid(tenant, extension, hash string) bool
	// Bundle gives the content of a hash, "sha256:<hex>" in lower case.
	Bundle(tenant, extension, hash string) (*bundle.Bundle, bool)
}

// Install is one version of an extension as a tenant has it.
type Install struct{ Tenant, Extension, Hash string }

// Options are what a [Registry] can be told. All have defaults.
type Options struct {
	// APIKey is what runners must send as `x-api-key`. Default: a random one.
	APIKey string
	// StoreSecret is the segment of the store's base URL that nobody can
	// guess: runners send no credentials there. Default: a random one.
	StoreSecret string
	// Logger gets a line for each bundle that is fetched and each request
	// that is refused. Default: nothing is logged.
	Logger *slog.Logger
}

// Registry is the [http.Handler] of both the registry and the bundle store.
type Registry struct {
	installs Installs
	apiKey   string
	secret   string
	log      *slog.Logger
	routes   *http.ServeMux

	mu        sync.Mutex
	server    *http.Server
	serving   sync.WaitGroup
	listeners []*listening
	port      uint16 // what an address without a port gets; 0 until one is chosen
	closed    bool
}

// New gives a registry of i. It serves whoever calls ServeHTTP, and listens
// once [Registry.Listen] is called.
func New(i Installs, o Options) *Registry {
	if o.APIKey == "" {
		o.APIKey = rand.Text()
	}
	if o.StoreSecret == "" {
		o.StoreSecret = rand.Text()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Registry{installs: i, apiKey: o.APIKey, secret: o.StoreSecret, log: o.Logger, routes: http.NewServeMux()}
	r.routes.HandleFunc("GET /api/installs/lookup-by-host", r.withKey(r.lookup))
	r.routes.HandleFunc("GET /api/installs/validate", r.withKey(r.validate))
	r.routes.HandleFunc("GET "+storePath+"/{secret}/{$}", r.withSecret(r.base))
	r.routes.HandleFunc("GET "+storePath+"/{secret}/tenants/{tenant}/extensions/{extension}/sha256/{digits}/bundle.tar.zst",
		r.withSecret(r.bundle))
	r.server = &http.Server{
		Handler: r, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	return r
}

// ServeHTTP implements [http.Handler].
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.routes.ServeHTTP(&jsonErrors{ResponseWriter: w}, req)
}

// Interface guard.
var _ http.Handler = (*Registry)(nil)
