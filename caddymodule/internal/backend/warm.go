package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Content names one version of an extension to a runner.
type Content struct {
	Tenant, Extension string
	Hash              string // "sha256:<hex>"
	UI, Handler       bool   // what it has
}

// RefusedError is what a runner says that does not want some content.
type RefusedError struct {
	Status int // of HTTP
	words  string
}

func (e *RefusedError) Error() string { return e.words }

// Passing says that the trouble was the runner's, which may get over it: what it
// says of the content itself is no server error.
func (e *RefusedError) Passing() bool { return e.Status >= http.StatusInternalServerError }

// warmTimeout bounds the wait for the answer to a warmup, whatever bounds a
// request's: to compile a handler takes seconds, and most of a minute on a busy machine.
const warmTimeout = 2 * time.Minute

// Warm has the runner fetch content ahead of its first request, and compile
// its handler where the runner knows how to be asked for that. The error is
// what the runner said, a [RefusedError], or why it said nothing.
func (b *Backend) Warm(ctx context.Context, c Content) error {
	if c.UI {
		path := "ext-ui/" + url.PathEscape(c.Extension) + "/" + url.PathEscape(c.Hash) + "/index.html"
		if err := b.ask(ctx, b.transport, http.MethodHead, path, nil, c.Tenant); err != nil {
			return err
		}
	}
	if !c.Handler {
		return nil
	}
	body, err := json.Marshal(map[string]string{"content_hash": c.Hash, "tenant_id": c.Tenant, "extension_id": c.Extension})
	if err != nil {
		return err
	}
	return b.ask(ctx, b.patient, http.MethodPost, "warmup", body, c.Tenant)
}

// ask gives the runner's own words for a refusal. Runners of the platform
// refuse every warmup, without a code: that says nothing of the content.
func (b *Backend) ask(ctx context.Context, on http.RoundTripper, method, path string, body []byte, tenant string) error {
	req, err := b.newRequest(ctx, method, path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(tenantHeader, tenant)
	res, err := on.RoundTrip(req)
	if err != nil {
		return &RequestError{Backend: b.Name(), Sent: !isDial(err), Err: err}
	}
	defer res.Body.Close()
	if res.StatusCode < http.StatusMultipleChoices {
		return nil
	}
	var said struct {
		Error struct{ Code, Message string }
	}
	read := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&said)
	switch {
	case method == http.MethodHead:
		return &RefusedError{res.StatusCode, fmt.Sprintf("the runner answers %s for the UI's index.html", res.Status)}
	case read != nil || said.Error.Code == "":
		return nil
	}
	return &RefusedError{res.StatusCode, fmt.Sprintf("the runner answers %s: %s", said.Error.Code, said.Error.Message)}
}
