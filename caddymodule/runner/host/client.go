package host

// client.go makes the one HTTP client that `http.fetch` and `ui-proxy` share.

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	fetchTimeout = 30 * time.Second
	// maxResponseBody bounds what one call may bring into memory.
	maxResponseBody = 10 << 20
)

var errTooLarge = errors.New("the response body exceeds 10 MiB")

// newClient never follows redirects: the guest sees them, and each new target
// must pass the allowlist again.
func newClient(blocked blockedAddresses) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: blocked.control}
	return &http.Client{
		Timeout: fetchTimeout,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			MaxConnsPerHost:        32,
			MaxIdleConns:           32,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        30 * time.Second,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 256 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// readBounded reads a body of at most maxResponseBody bytes.
func readBounded(body io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, maxResponseBody+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxResponseBody {
		return nil, errTooLarge
	}
	return data, nil
}

// removeHopByHop removes the headers that belong to one connection only,
// those that `Connection` names included.
func removeHopByHop(h http.Header) {
	for _, line := range h.Values("Connection") {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade",
	} {
		h.Del(name)
	}
}

// cause is err without the URL that http.Client puts around it.
func cause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
