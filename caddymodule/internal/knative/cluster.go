package knative

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"k8s.io/client-go/rest"
)

// askTimeout bounds one question to the cluster, credential plugin included.
const askTimeout = 15 * time.Second

// maxAnswer bounds what the cluster may answer to one question.
const maxAnswer = 8 << 20

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
	c.client = http.Client{Transport: authorized, Timeout: askTimeout}
	return err
}

// Close drops the connections.
func (c *Cluster) Close() { c.transport.CloseIdleConnections() }

// get asks for one path below the Knative API and decodes its answer. The
// error is an *Error, or *answerError for a status other than 200.
func (c *Cluster) get(ctx context.Context, into any, path ...string) error {
	address := c.base.JoinPath(append([]string{"apis", "serving.knative.dev", "v1"}, path...)...)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return c.unreachable(err)
	}
	req.Header.Set("Accept", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		return c.unsent(err)
	}
	defer res.Body.Close()
	body := io.LimitReader(res.Body, maxAnswer)
	if res.StatusCode != http.StatusOK {
		return readAnswerError(res.StatusCode, body)
	}
	if err := json.NewDecoder(body).Decode(into); err != nil {
		return c.unreachable(fmt.Errorf("decoding its answer: %w", err))
	}
	return nil
}

// unsent tells a credential plugin that failed from a cluster that is away:
// client-go knows the former by its words only.
func (c *Cluster) unsent(err error) error {
	var sent *url.Error
	if errors.As(err, &sent) {
		err = sent.Err // its text would repeat the address
	}
	if strings.HasPrefix(err.Error(), "getting credentials: ") {
		return &Error{Code: CodeCredentialsFailed, Message: "the kubeconfig's credentials cannot be had", Fix: "log in to the cluster again; `kubectl get ksvc` shows whether it worked", Err: err}
	}
	return c.unreachable(err)
}

func (c *Cluster) unreachable(err error) error {
	return &Error{
		Code: CodeClusterUnreachable, Message: "asking the cluster at " + c.base.Redacted(), Err: err,
		Fix: "connect to its network (VPN), or choose another context; `kubectl cluster-info` asks the same",
	}
}
