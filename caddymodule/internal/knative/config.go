package knative

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// Config says how a Knative service is addressed from outside of its cluster.
type Config struct {
	// BaseURL is what is dialled: the service's own URL, or the address of the
	// cluster's ingress together with Host. http or https; a path is put
	// before every request's.
	BaseURL *url.URL
	// Host is the Host header by which the ingress finds the service, as in
	// "runner.default.example.com". Empty: that of BaseURL.
	Host string
	// SNI is the name that TLS asks for and verifies. Empty: that of Host.
	SNI string
	// CAFile is a PEM file of authorities to trust besides the system's.
	CAFile string
	// ServiceToken goes with execute and health calls only; see Authorize.
	ServiceToken string
	// H2C speaks HTTP/2 without TLS to an http BaseURL. With TLS, HTTP/2 is
	// negotiated.
	H2C bool
	// ConnectTimeout bounds the connect and, separately, TLS's handshake.
	// Zero means 5 s.
	ConnectTimeout time.Duration
	// FirstByteTimeout bounds the wait for a response's header, a cold start
	// included, never a stream. Zero means no bound.
	FirstByteTimeout time.Duration
	// KeepAlive is how long an idle connection is kept. Zero means 90 s.
	KeepAlive time.Duration
}

// HostHeader is the Host header of every request, with a port if one was given.
func (c Config) HostHeader() string {
	if c.Host != "" {
		return c.Host
	}
	return c.BaseURL.Host
}

// serverName is what TLS verifies: an ingress by its address has no
// certificate for that address, but one for the service's name.
func (c Config) serverName() string {
	if c.SNI != "" {
		return c.SNI
	}
	if name, _, err := net.SplitHostPort(c.HostHeader()); err == nil {
		return name
	}
	return strings.Trim(c.HostHeader(), "[]")
}

// Aim points an outgoing request at the service: scheme, address and base
// path from BaseURL, and the Host header. The request's own path and query
// stay. Call it once for each request, in a reverse proxy's Rewrite on its Out.
func (c Config) Aim(out *http.Request) {
	r := httputil.ProxyRequest{In: out, Out: out}
	r.SetURL(c.BaseURL)
	out.Host = c.HostHeader()
}

// Authorize adds the service token, or takes away one that came from
// elsewhere. It is for execute and health calls, never for a browser's.
func (c Config) Authorize(out *http.Request) {
	out.Header.Del(tokenHeader)
	if c.ServiceToken != "" {
		out.Header.Set(tokenHeader, c.ServiceToken)
	}
}

const tokenHeader = "X-Runner-Service-Token" // #nosec G101 -- the name of a header

// Validate names the first field that cannot be used. The CA file is read by
// [Transport].
func (c Config) Validate() error {
	switch {
	case c.BaseURL == nil || c.BaseURL.Host == "":
		return invalid("the backend has no base URL", "give it the service's URL, as in https://runner.default.example.com")
	case c.BaseURL.Scheme != "http" && c.BaseURL.Scheme != "https":
		return invalid(fmt.Sprintf("the base URL %s is neither http nor https", c.BaseURL.Redacted()), "begin it with http:// or https://")
	case strings.ContainsAny(c.Host, "/ @?#"):
		return invalid(fmt.Sprintf("the host %q is not a name with an optional port", c.Host), "leave out the scheme and the path")
	case c.BaseURL.Scheme == "http" && (c.SNI != "" || c.CAFile != ""):
		return invalid("a server name or CA file is given, and the base URL is http", "begin the base URL with https://, or remove them")
	case c.BaseURL.Scheme == "https" && c.H2C:
		return invalid("h2c is for HTTP/2 without TLS, and the base URL is https", "remove h2c: with TLS, HTTP/2 is negotiated")
	case c.ConnectTimeout < 0 || c.FirstByteTimeout < 0 || c.KeepAlive < 0:
		return invalid("a timeout is below 0", "give 0 for the default, or more")
	}
	return nil
}

func invalid(message, fix string) *Error {
	return &Error{Code: CodeConfigInvalid, Message: message, Fix: fix}
}
