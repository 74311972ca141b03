package runnerclient

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DefaultTimeout is that of one attempt at a request.
const DefaultTimeout = 30 * time.Second

// Options say where the service is.
type Options struct {
	BaseURL string        // e.g. "http://127.0.0.1:7071"
	Secret  string        // shared with the service
	Timeout time.Duration // of one attempt. Default: DefaultTimeout
}

// Client asks a docker-runner. Every attempt is signed anew; what fails for want
// of the network or with a retryable error is tried three times, but for
// commands. Each method's error is a *RequestError unless its context ended. Safe
// for concurrent use.
type Client struct {
	base    *url.URL
	secret  []byte
	timeout time.Duration
	http    *http.Client
	tunnels *http.Client
}

// New makes a client; it connects when it is first used.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("reading the docker-runner's address %q: expected http://HOST:PORT", o.BaseURL)
	}
	secret := strings.TrimSpace(o.Secret)
	if secret == "" {
		return nil, errors.New("reading the docker-runner's secret: it is empty; set DOCKER_RUNNER_SHARED_SECRET to the service's")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	// A connection becomes a tunnel in HTTP/1 only, and none that may be stale.
	single := transport.Clone()
	single.ForceAttemptHTTP2, single.DisableKeepAlives = false, true
	single.Protocols = new(http.Protocols)
	single.Protocols.SetHTTP1(true)
	if single.TLSClientConfig != nil {
		single.TLSClientConfig.NextProtos = nil // a clone offers HTTP/2 all the same
	}
	return &Client{
		base: base, secret: []byte(secret), timeout: cmp.Or(max(o.Timeout, 0), DefaultTimeout),
		http: direct(transport), tunnels: direct(single),
	}, nil
}

// direct makes a client that follows no redirect: the signature is for one path.
func direct(transport *http.Transport) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// FromEnv makes a client of DOCKER_RUNNER_BASE_URL, DOCKER_RUNNER_SHARED_SECRET
// and DOCKER_RUNNER_TIMEOUT_MS.
func FromEnv(getenv func(string) string) (*Client, error) {
	o := Options{
		BaseURL: cmp.Or(getenv("DOCKER_RUNNER_BASE_URL"), "http://docker-runner:7071"), Secret: getenv("DOCKER_RUNNER_SHARED_SECRET"),
	}
	if text := getenv("DOCKER_RUNNER_TIMEOUT_MS"); text != "" {
		ms, err := strconv.ParseUint(text, 10, 31)
		if err != nil || ms == 0 {
			return nil, fmt.Errorf("reading DOCKER_RUNNER_TIMEOUT_MS: %q is no number of milliseconds", text)
		}
		o.Timeout = time.Duration(ms) * time.Millisecond
	}
	return New(o)
}

// BaseURL is the service's address.
func (c *Client) BaseURL() *url.URL { return c.base }

// Close drops idle connections.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.tunnels.CloseIdleConnections()
}
