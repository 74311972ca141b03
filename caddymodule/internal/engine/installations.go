package engine

import (
	"context"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/runner"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Installation is one extension as the gateway and the handlers see it.
type Installation struct {
	*extension.Extension
	Build     string // build id: the first 12 digits of Hash
	InstallID string // stable for one tenant and extension
	Tenant    string
	Secrets   map[string]string
	Config    map[string]string
	// Handler says whether the handler can answer, and why not; only of one that
	// [Engine.Installed] found.
	Handler runnerstatus.Handler
}

// UIURL is the path, below prefix, that shows the extension's UI; empty when
// it has none.
func (i Installation) UIURL(prefix string) string {
	if i.UI == nil {
		return ""
	}
	query := url.Values{"path": {"/"}, "extensionId": {i.ID}}
	return prefix + "/ext-ui/" + url.PathEscape(i.ID) + "/" + url.QueryEscape(i.Hash) + "/index.html?" + query.Encode()
}

// DefaultTenant is whose extensions they are when the configuration names
// nobody.
const DefaultTenant = "local"

// installNamespace makes install ids: the same extension keeps its id, and
// with it its storage, over restarts and machines.
var installNamespace = uuid.MustParse("6f6a2a1c-6d1e-4c57-9d35-0f2f6d9f7f55")

func newInstallation(l *loaded, ext *extension.Extension) Installation {
	return Installation{
		Extension: ext,
		Build:     buildOf(ext.Hash),
		InstallID: uuid.NewSHA1(installNamespace, []byte(l.settings.Tenant+"/"+ext.ID)).String(),
		Tenant:    l.settings.Tenant,
		Secrets:   l.settings.Secrets,
		Config:    l.settings.Config,
	}
}

// buildOf is the build id of a content hash.
func buildOf(hash string) string {
	digits := strings.TrimPrefix(hash, "sha256:")
	return digits[:min(len(digits), 12)]
}

// Installed finds an extension by `publisher.name` or install id, as its
// folder is now.
func (e *Engine) Installed(id string) (Installation, bool) {
	for _, f := range e.look() {
		if f.ext == nil {
			continue
		}
		if i := newInstallation(f.loaded, f.ext); i.ID == id || i.InstallID == id {
			i.Handler = f.state.Handler
			return i, true
		}
	}
	return Installation{}, false
}

// Open implements runner.Source for the embedded runner. Every build of the
// history can be asked for: a page that is still open loads the rest of what
// it began with.
func (e *Engine) Open(_ context.Context, ref runner.Ref) (runner.Bundle, error) {
	for _, l := range e.loaded() {
		if ref.Tenant != "" && ref.Tenant != l.settings.Tenant {
			continue
		}
		if content, ok := l.loop.Content(ref.Extension, ref.Hash); ok {
			return l.bundle(content), nil
		}
	}
	return runner.Bundle{}, runner.ErrNotInstalled
}

func (e *Engine) loaded() []*loaded { return *e.extensions.Load() }

var _ runner.Source = (*Engine)(nil)
