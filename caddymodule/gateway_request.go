// gateway_request.go contains how a request becomes an execute request.

package caddymodule

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/urlpath"
)

const apiMethods = "GET, POST, PUT, PATCH, DELETE"

// guestHeaders are the request headers that a handler sees.
var guestHeaders = []string{"Accept", "Content-Type", "Accept-Encoding", "User-Agent"}

// call checks r, finds the extension and builds the envelope.
func (g *Gateway) call(w http.ResponseWriter, r *http.Request) (engine.Installation, backend.ExecuteRequest, *problem) {
	var none backend.ExecuteRequest
	var nobody engine.Installation
	if fault := g.refused(w, r); fault != nil {
		return nobody, none, fault
	}
	id, path, ok := g.split(r)
	if !ok || !urlpath.IsClean(r.URL.EscapedPath()) {
		return nobody, none, &problem{http.StatusBadRequest, "invalid_request", "the path must be " + g.Prefix + "{extension}/… without . or .. segments"}
	}
	found, ok := g.engine.Installed(id)
	if !ok {
		return nobody, none, &problem{http.StatusNotFound, "not_installed", fmt.Sprintf("extension %q is not loaded; start devproxy with --extension DIR, and see 'devproxy status'", id)}
	}
	body, fault := g.body(w, r)
	if fault != nil {
		return nobody, none, fault
	}
	in := incoming{method: r.Method, query: r.URL.Query(), body: body, json: isJSON(r)}
	if fault := in.override(); fault != nil {
		return nobody, none, fault
	}
	if !hasEndpoint(found, in.method, path) {
		return nobody, none, &problem{http.StatusNotFound, "endpoint_not_found", fmt.Sprintf("%s %s is not among api.endpoints of %s's manifest.json; production would refuse it too", in.method, path, found.ID)}
	}
	if !found.HasHandler {
		return nobody, none, &problem{http.StatusBadGateway, "handler_missing", found.Handler.Message + "; " + found.Handler.Fix}
	}
	return found, g.envelope(r, found, in, path), nil
}

// refused turns away what no handler is to see.
func (g *Gateway) refused(w http.ResponseWriter, r *http.Request) *problem {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		w.Header().Set("Allow", apiMethods)
		return &problem{http.StatusMethodNotAllowed, "method_not_allowed", "use one of " + apiMethods}
	}
	foreign := r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate"
	if foreign || g.origin.Check(r) != nil {
		return &problem{http.StatusForbidden, "cross_origin", "another site's page may not call an extension; ask the host page through its bridge"}
	}
	return nil
}

// body reads what is kept in memory until it is whole, so that a client that
// sends it slowly gets no longer than the call itself.
func (g *Gateway) body(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	if r.ContentLength != 0 {
		control := http.NewResponseController(w)
		_ = control.SetReadDeadline(time.Now().Add(g.engine.Settings().GatewayTimeout)) // a recorder has none
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, g.MaxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, &problem{http.StatusRequestEntityTooLarge, "payload_too_large", fmt.Sprintf("the body is larger than %d bytes", g.MaxBody)}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &problem{http.StatusRequestTimeout, "request_timeout", "the body did not arrive within " + g.engine.Settings().GatewayTimeout.String()}
	}
	if err != nil {
		return nil, &problem{http.StatusBadRequest, "invalid_request", "the body could not be read"}
	}
	return body, nil
}

func (g *Gateway) envelope(r *http.Request, found engine.Installation, in incoming, path string) backend.ExecuteRequest {
	id := requestID(r)
	headers := map[string]string{"x-request-id": id}
	for _, name := range guestHeaders {
		if value := r.Header.Get(name); value != "" {
			headers[strings.ToLower(name)] = value
		}
	}
	return executeRequest(g.engine.Settings(), found, id,
		backend.ExecuteHTTP{Method: in.method, Path: path, Query: flatten(in.query), Headers: headers, Body: in.body})
}

// executeRequest has the extension, as it is installed now, handle request.
func executeRequest(settings engine.Settings, found engine.Installation, id string, request backend.ExecuteHTTP) backend.ExecuteRequest {
	call := backend.ExecuteRequest{
		Context: backend.ExecuteContext{
			RequestID: id, TenantID: found.Tenant, ExtensionID: found.ID, InstallID: found.InstallID,
			ContentHash: found.Hash, VersionID: found.Version, Config: found.Config,
		},
		HTTP:      request,
		Limits:    backend.ExecuteLimits{TimeoutMS: settings.GuestTimeout.Milliseconds(), MemoryMB: settings.GuestMemoryMB},
		Providers: append([]string{}, found.Capabilities...),
		User:      &localUser,
	}
	if len(found.Secrets) > 0 {
		plain, _ := json.Marshal(found.Secrets) // a map of strings always encodes
		call.Secrets = &backend.SecretEnvelope{Ciphertext: base64.StdEncoding.EncodeToString(plain)}
	}
	return call
}

// localUser is who a developer is to the handlers on their own machine.
var localUser = backend.ExecuteUser{
	UserID: "00000000-0000-4000-8000-000000000001", UserEmail: "developer@localhost", UserName: "Local Developer",
	UserType: "internal", ClientName: "Local",
}

// flatten keeps the last value of each key: the envelope holds one.
func flatten(query url.Values) map[string]string {
	flat := make(map[string]string, len(query))
	for key, values := range query {
		flat[key] = values[len(values)-1]
	}
	return flat
}

// hasEndpoint matches segment by segment; `:param` matches any one segment.
// path is escaped, so that a %2F stays within its segment.
func hasEndpoint(found engine.Installation, method, path string) bool {
	if found.API == nil {
		return false
	}
	for _, endpoint := range found.API.Endpoints {
		if strings.EqualFold(endpoint.Method, method) && matches(endpoint.Path, path) {
			return true
		}
	}
	return false
}

func matches(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		segment, err := url.PathUnescape(have[i])
		if err != nil || (want[i] != segment && (!strings.HasPrefix(want[i], ":") || segment == "")) {
			return false
		}
	}
	return true
}
