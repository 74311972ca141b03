package runnerclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/same-origin/devproxy/compose/runnerclient/canonicaljson"
	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

const (
	retries    = 2                      // after the first attempt
	retryPause = 200 * time.Millisecond // doubled each time
)

// request is one request of the API.
type request struct {
	method  string
	path    string
	query   url.Values
	body    any // nil: none
	want    int
	once    bool          // never tried again
	timeout time.Duration // of one attempt. Default: the client's
}

func get(path string, query url.Values) request {
	return request{method: http.MethodGet, path: path, query: query, want: http.StatusOK}
}

func post(path string, body any, want int) request {
	return request{method: http.MethodPost, path: path, body: body, want: want}
}

// do sends a request until it succeeds, or may not be tried again, and reads the
// answer into the value; nil drops it.
func (c *Client) do(ctx context.Context, r request, into any) error {
	var body []byte
	if r.body != nil {
		var err error
		if body, err = canonicaljson.Marshal(r.body); err != nil {
			return fmt.Errorf("writing the request %s: %w", r.path, err)
		}
	}
	attempt := func() error { return c.attempt(ctx, r, body, into) }
	if r.once {
		return attempt()
	}
	return retry(ctx, attempt)
}

// retry makes attempts until one succeeds, or may not be made again.
func retry(ctx context.Context, attempt func() error) error {
	pause := retryPause
	for n := 0; ; n++ {
		err := attempt()
		if err == nil || n == retries || !retryable(err) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
		pause *= 2
	}
}

// retryable also holds for a nonce that was used: Go itself sends a GET again when
// the connection is lost before its answer, with the signature it had.
func retryable(err error) bool {
	var refused *RequestError
	return errors.As(err, &refused) && (refused.Retryable || refused.Code == "replayed_nonce")
}

func (c *Client) attempt(ctx context.Context, r request, body []byte, into any) error {
	limit := r.timeout
	if limit == 0 {
		limit = c.timeout
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	response, err := c.send(limited, r, body)
	if err != nil {
		return unreached(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != r.want {
		return refused(response, CodeUnexpected)
	}
	if into == nil {
		_, err = io.Copy(io.Discard, response.Body)
	} else {
		err = json.NewDecoder(response.Body).Decode(into)
	}
	if err != nil {
		return unreached(ctx, fmt.Errorf("reading its answer: %w", err))
	}
	return nil
}

// send signs and sends.
func (c *Client) send(ctx context.Context, r request, body []byte) (*http.Response, error) {
	message, err := http.NewRequestWithContext(ctx, r.method, c.address(r.path, r.query), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == nil {
		message.Body = http.NoBody
	} else {
		message.Header.Set("Content-Type", "application/json")
	}
	signature.Sign(message.Header, c.secret, r.method, message.URL.RequestURI(), body)
	return c.http.Do(message)
}

func (c *Client) address(path string, query url.Values) string {
	address := c.base.String() + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}
