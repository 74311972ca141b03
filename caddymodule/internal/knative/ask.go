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
)

// askTimeout bounds one question to the cluster, credential plugin included.
const askTimeout = 15 * time.Second

// maxAnswer bounds what the cluster may answer to one question.
const maxAnswer = 8 << 20

// get asks for one path below the Knative API and decodes its answer. The
// error is an *Error, or *answerError for a status other than 200.
func (c *Cluster) get(ctx context.Context, into any, path ...string) error {
	address := c.base.JoinPath(append([]string{"apis", "serving.knative.dev", "v1"}, path...)...)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return c.unreachable(err)
	}
	req.Header.Set("Accept", "application/json")
	res, err := c.do(req)
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

// do returns when the request's context ends even while a credential plugin
// runs: client-go starts it without a context. The goroutine then ends with
// the plugin.
func (c *Cluster) do(req *http.Request) (*http.Response, error) {
	type answer struct {
		res *http.Response
		err error
	}
	ctx, cancel := context.WithTimeout(req.Context(), askTimeout)
	came := make(chan answer)
	go func() {
		res, err := c.client.Do(req.WithContext(ctx))
		select {
		case came <- answer{res, err}:
		case <-ctx.Done():
			if err == nil {
				_ = res.Body.Close()
			}
		}
	}()
	select {
	case a := <-came:
		if a.err != nil {
			cancel()
			return nil, a.err
		}
		a.res.Body = &heldBody{ReadCloser: a.res.Body, end: cancel}
		return a.res, nil
	case <-ctx.Done():
		cancel()
		return nil, ctx.Err()
	}
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
