package runner

import (
	"log/slog"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

const (
	// minTimeout is one tick of the clock by which production counts.
	minTimeout = 10 * time.Millisecond

	maxMemoryMB = 4096 // all that a 32-bit guest can address
)

// guestRequest gives what the component's handler is called with.
func (c call) guestRequest() guest.Request {
	return guest.Request{
		Context: c.guestContext(),
		HTTP: guest.HTTPRequest{
			Method:  *c.body.HTTP.Method,
			URL:     guestURL(*c.body.HTTP.Path, c.body.HTTP.Query),
			Headers: guestHeaders(c.body.HTTP.Headers),
			Body:    c.body.HTTP.Body,
		},
	}
}

// guestContext gives the ids as the body names them: the routing headers
// find the bundle, the body says on whose behalf it runs.
func (c call) guestContext() guest.Context {
	return guest.Context{
		RequestID:   c.body.Context.RequestID,
		TenantID:    *c.body.Context.TenantID,
		ExtensionID: *c.body.Context.ExtensionID,
		InstallID:   c.body.Context.InstallID,
		VersionID:   c.body.Context.VersionID,
	}
}

// invocation gives what the platform needs to answer this run's calls.
func (c call) invocation(granted host.Capabilities, secrets map[string]string, logger *slog.Logger) host.Invocation {
	return host.Invocation{
		Context: c.guestContext(),
		Granted: granted,
		Secrets: secrets,
		User:    c.user(),
		Config:  c.body.Context.Config,
		Journal: c.journal,
		Logger:  logger.With("request_id", c.requestID, "extension", c.extension),
	}
}

func (c call) user() *host.User {
	u := c.body.User
	if u == nil {
		return nil
	}
	client := u.ClientName
	if client == "" {
		client = u.CompanyName
	}
	return &host.User{
		TenantID:         *c.body.Context.TenantID,
		ClientName:       client,
		UserID:           u.UserID,
		UserEmail:        u.UserEmail,
		UserName:         u.UserName,
		UserType:         u.UserType,
		ClientID:         u.ClientID,
		AdditionalFields: u.AdditionalFields,
	}
}

// limits gives the bounds of the run; fallback is its timeout when the caller
// names none.
func (c call) limits(fallback time.Duration) guest.Limits {
	limits := guest.Limits{Timeout: fallback}
	if ms := c.body.Limits.TimeoutMS; ms != nil {
		longest := uint64(math.MaxInt64 / time.Millisecond)
		limits.Timeout = max(minTimeout, time.Duration(min(*ms, longest))*time.Millisecond)
	}
	if mb := c.body.Limits.MemoryMB; mb != nil {
		// 0 MB, in which nothing could run, asks for the engine's default.
		limits.MemoryBytes = min(*mb, maxMemoryMB) << 20
	}
	return limits
}

// guestURL gives path plus form-encoded query.
func guestURL(path string, query map[string]string) string {
	if len(query) == 0 {
		return path
	}
	values := make(url.Values, len(query))
	for name, value := range query {
		values.Set(name, value)
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + values.Encode()
}

// guestHeaders gives the headers sorted by name, so that equal requests reach
// the guest equal.
func guestHeaders(headers map[string]string) []guest.Header {
	list := make([]guest.Header, 0, len(headers))
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		list = append(list, guest.Header{Name: name, Value: headers[name]})
	}
	return list
}
