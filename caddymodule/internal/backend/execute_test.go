package backend

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func to(t *testing.T, handler http.HandlerFunc) *Backend {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL + "/base/")
	require.NoError(t, err)
	b := New(Config{Name: "test", Kind: URL, BaseURL: base, ServiceToken: "token-1"})
	t.Cleanup(b.Close)
	return b
}

func TestExecute_sends_ids_token_and_key_and_reads_the_envelope(t *testing.T) {
	b := to(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/base/v1/execute", r.URL.Path)
		for name, want := range map[string]string{
			"X-Alga-Tenant": "t", "X-Alga-Extension": "a.b", "X-Request-Id": "r", "X-Idempotency-Key": "k",
			"X-Runner-Service-Token": "token-1", "Content-Type": "application/json",
		} {
			assert.Equal(t, want, r.Header.Get(name), name)
		}
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.JSONEq(t, `{"context":{"request_id":"r","tenant_id":"t","extension_id":"a.b","content_hash":""},
			"http":{"method":"POST","path":"/x","body_b64":"AQI="},"limits":{},"providers":[]}`, string(body))
		io.WriteString(w, `{"status":201,"headers":{"a":"b"},"body_b64":"AwQ=","error":null}`)
	})
	out, err := b.Execute(t.Context(), ExecuteRequest{
		Context: ExecuteContext{RequestID: "r", TenantID: "t", ExtensionID: "a.b"},
		HTTP:    ExecuteHTTP{Method: "POST", Path: "/x", Body: []byte{1, 2}}, Providers: []string{},
	}, "k")
	require.NoError(t, err)
	assert.Equal(t, ExecuteResponse{Status: 201, Headers: map[string]string{"a": "b"}, Body: []byte{3, 4}}, out)
}

// expiring is a context whose deadline has passed once over is closed.
type expiring struct {
	context.Context //nolint:containedctx // it is one
	over            chan struct{}
}

func (e expiring) Done() <-chan struct{} { return e.over }

func (e expiring) Err() error {
	select {
	case <-e.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func TestExecute_errors_tell_a_timeout_from_a_refusal_and_an_answer(t *testing.T) {
	late := expiring{t.Context(), make(chan struct{})}
	stall := to(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		close(late.over)
		<-r.Context().Done()
	})
	_, err := stall.Execute(late, ExecuteRequest{}, "")
	var failed *RequestError
	require.ErrorAs(t, err, &failed)
	assert.True(t, failed.Timeout())
	assert.True(t, failed.Sent)

	server := httptest.NewServer(nil)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	server.Close()
	_, err = New(Config{Name: "gone", BaseURL: base}).Execute(t.Context(), ExecuteRequest{}, "")
	require.ErrorAs(t, err, &failed)
	assert.False(t, failed.Sent, "nothing was sent, so it may go elsewhere")
	assert.False(t, failed.Timeout())

	angry := to(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "SECRET", http.StatusUnauthorized) })
	_, err = angry.Execute(t.Context(), ExecuteRequest{}, "")
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, 401, failed.Status)
	assert.NotContains(t, err.Error(), "SECRET")
	assert.ErrorContains(t, angry.Probe(t.Context()), "backend test answered 401")

	_, err = New(Config{Name: "unset"}).Execute(t.Context(), ExecuteRequest{}, "")
	var unset *NotConfiguredError
	assert.ErrorAs(t, err, &unset)
}

func TestServe_passes_on_every_encoding_of_a_path_and_query(t *testing.T) {
	b := to(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RequestURI) })
	for _, path := range []string{"/a%2Fb/c", "/sha256%3Aab/x%20y?q=%26&r", "/a//b"} {
		w := httptest.NewRecorder()
		require.NoError(t, b.Serve(w, httptest.NewRequest("GET", path, nil), Options{}))
		assert.Equal(t, "/base"+path, w.Body.String())
	}
}

func TestRetryable_is_only_what_no_runner_can_have_seen_twice(t *testing.T) {
	get, post := httptest.NewRequest("GET", "/", nil), httptest.NewRequest("POST", "/", strings.NewReader("x"))
	left, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		r    *http.Request
		err  error
		want bool
	}{
		{"a dial error of a POST", post, &RequestError{Err: io.EOF}, true},
		{"a POST that may have arrived", post, &RequestError{Sent: true, Err: io.EOF}, false},
		{"a GET that may have arrived", get, &RequestError{Sent: true, Err: io.EOF}, true},
		{"a POST whose body is gone", post, &RequestError{BodyRead: true, Err: io.EOF}, false},
		{"a timeout", get, &RequestError{Sent: true, Err: context.DeadlineExceeded}, false},
		{"a client that left", get.WithContext(left), &RequestError{Err: io.EOF}, false},
		{"no base URL", get, &NotConfiguredError{}, false},
	} {
		assert.Equal(t, c.want, Retryable(c.r, c.err), c.name)
	}
}
