package knative

import (
	"net/http"
	"net/url"

	"k8s.io/client-go/rest"
)

// Cluster is a Kubernetes API that is asked for Knative services. It is safe
// for concurrent use.
type Cluster struct {
	base      *url.URL
	namespace string
	transport *http.Transport
	client    http.Client
}

// Open reads the kubeconfig; nothing is sent yet. The error is an *Error.
// Close it when it is needed no longer.
func Open(o Options) (*Cluster, error) {
	cfg, namespace, err := load(o)
	if err != nil {
		return nil, err
	}
	c := &Cluster{namespace: namespace}
	if err := c.dress(cfg); err != nil {
		return nil, &Error{Code: CodeKubeconfigInvalid, Message: "using the kubeconfig", Fix: "mend the cluster or user that its context names", Err: err}
	}
	return c, nil
}

// dress makes the client. client-go's ready-made transports live in a cache
// of the process and may run a goroutine for ever; this one is ours to close.
func (c *Cluster) dress(cfg *rest.Config) error {
	if cfg.ExecProvider != nil {
		// a plugin that asks for a password would fight over the terminal
		cfg.ExecProvider.StdinUnavailable = true
		cfg.ExecProvider.StdinUnavailableMessage = "devproxy does not lend its terminal"
	}
	base, _, err := rest.DefaultServerUrlFor(cfg)
	if err != nil {
		return err
	}
	security, err := rest.TLSConfigFor(cfg)
	if err != nil {
		return err
	}
	c.base = base
	c.transport = &http.Transport{
		TLSClientConfig: security, Proxy: cfg.Proxy, DialContext: cfg.Dial, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: defaultConnectTimeout, IdleConnTimeout: defaultKeepAlive,
	}
	if c.transport.Proxy == nil {
		c.transport.Proxy = http.ProxyFromEnvironment
	}
	authorized, err := rest.HTTPWrappersForConfig(cfg, c.transport)
	c.client = http.Client{Transport: authorized}
	return err
}

// Close drops the connections.
func (c *Cluster) Close() { c.transport.CloseIdleConnections() }
