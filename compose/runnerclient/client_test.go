package runnerclient_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/runnerclient"
	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

const secret = "a secret of the tests"

// attempts is a network that fails as it is told, and what it saw.
type attempts struct {
	mu     sync.Mutex
	nonces []string
	answer func(attempt int, w http.ResponseWriter, r *http.Request)
}

func (a *attempts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	canonical, err := signature.Body(body)
	signed := signature.Parts{
		Method: r.Method, Target: r.RequestURI, Timestamp: r.Header.Get(signature.HeaderTimestamp), Nonce: r.Header.Get(signature.HeaderNonce), Body: canonical,
	}
	if err != nil || !signature.Valid([]byte(secret), signed, r.Header.Get(signature.HeaderSignature)) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	a.mu.Lock()
	a.nonces = append(a.nonces, signed.Nonce)
	n := len(a.nonces)
	a.mu.Unlock()
	a.answer(n, w, r)
}

// seen are the nonces of the attempts so far.
func (a *attempts) seen() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.nonces)
}

// hangUp ends a connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
}

func client(t *testing.T, a *attempts, timeout time.Duration) *runnerclient.Client {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	c, err := runnerclient.New(runnerclient.Options{BaseURL: server.URL + "/", Secret: " " + secret + "\n", Timeout: timeout})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestDockerRunner_14_every_attempt_is_signed_anew_and_commands_have_one(t *testing.T) {
	a := &attempts{answer: func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			hangUp(w)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}}
	require.NoError(t, client(t, a, 0).EnsureImage(t.Context(), "image", ""))
	nonces := a.seen()
	require.Len(t, nonces, 2)
	assert.NotEqual(t, nonces[0], nonces[1])

	always := &attempts{answer: func(_ int, w http.ResponseWriter, _ *http.Request) { hangUp(w) }}
	_, err := client(t, always, 0).Exec(t.Context(), "x", runnerclient.ExecSpec{Shell: "true"})
	var failed *runnerclient.RequestError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, 0, failed.Status)
	assert.Equal(t, runnerclient.CodeConnectionReset, failed.Code)
	assert.True(t, failed.Retryable)
	assert.Len(t, always.seen(), 1)
}

func TestDockerRunner_15_a_stream_that_is_refused_is_an_error(t *testing.T) {
	a := &attempts{answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"code":"invalid_signature","message":"no","retryable":false}}`)
	}}
	c := client(t, a, 0)
	want := &runnerclient.RequestError{Status: 401, Code: "invalid_signature", Message: "no"}
	unexpected := func([]byte) error { return io.ErrClosedPipe }
	assert.Equal(t, want, c.Logs(t.Context(), "x", runnerclient.LogQuery{}, unexpected))
	assert.Equal(t, want, c.Events(t.Context(), runnerclient.EventQuery{}, func(json.RawMessage) error { return nil }))
	_, err := c.Interactive(t.Context(), "x", runnerclient.InteractiveSpec{Shell: "true"})
	assert.Equal(t, want, err)
}

func TestClient_tries_what_is_retryable_three_times(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		tries  int
	}{
		"retryable by its body":      {500, `{"error":{"code":"c","message":"m","retryable":true}}`, 3},
		"not retryable by its body":  {503, `{"error":{"code":"c","message":"m","retryable":false}}`, 1},
		"a gateway's own":            {502, "<html>", 3},
		"an error of another kind":   {500, "", 1},
		"a success of another kind":  {200, "{}", 1},
		"sent twice by Go's own way": {401, `{"error":{"code":"replayed_nonce","message":"m","retryable":false}}`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &attempts{answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}}
			err := client(t, a, 0).Touch(t.Context(), "x")
			var failed *runnerclient.RequestError
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, c.status, failed.Status)
			assert.Len(t, a.seen(), c.tries)
		})
	}
}

func TestClient_names_why_no_answer_came(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + listener.Addr().String()
	listener.Close()
	refused, err := runnerclient.New(runnerclient.Options{BaseURL: address, Secret: secret})
	require.NoError(t, err)
	var failed *runnerclient.RequestError
	_, err = refused.Exec(t.Context(), "x", runnerclient.ExecSpec{Shell: "true"})
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, runnerclient.CodeConnectionRefused, failed.Code)

	silent := &attempts{answer: func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
	_, err = client(t, silent, 50*time.Millisecond).Exec(t.Context(), "x", runnerclient.ExecSpec{Shell: "true"})
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, runnerclient.CodeRequestTimeout, failed.Code)
	assert.True(t, failed.Retryable)
}

func TestStream_is_read_frame_by_frame_however_it_is_written(t *testing.T) {
	const text = ": still here\n\ndata:{\"type\":\"chunk\",\ndata: \"data\":\"YQ==\"}\n\nid: 7\r\ndata:{\"type\":\"chunk\",\"data\":\"Yg==\"}\r\n\r\n: x\n\ndata:{\"type\":\"end\"}\n\n"
	a := &attempts{answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
		for _, b := range []byte(text) {
			_, _ = w.Write([]byte{b})
			_ = http.NewResponseController(w).Flush()
		}
	}}
	var got bytes.Buffer
	require.NoError(t, client(t, a, 0).Logs(t.Context(), "x", runnerclient.LogQuery{}, func(chunk []byte) error {
		got.Write(chunk)
		return nil
	}))
	assert.Equal(t, "ab", got.String())
}

func TestStream_that_breaks_off_is_an_error(t *testing.T) {
	for name, c := range map[string]struct{ text, code string }{
		"without an end":   {"data:{\"type\":\"chunk\",\"data\":\"YQ==\"}\n\n", runnerclient.CodeConnectionReset},
		"with an error":    {"data:{\"type\":\"error\",\"message\":\"the engine is gone\"}\n\n", runnerclient.CodeStream},
		"within a frame":   {"data:{\"type\":\"end\"", runnerclient.CodeConnectionReset},
		"with no JSON":     {"data:{\n\n", runnerclient.CodeNetworkError},
		"before any frame": {"", runnerclient.CodeConnectionReset},
	} {
		a := &attempts{answer: func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.text) }}
		err := client(t, a, 0).Logs(t.Context(), "x", runnerclient.LogQuery{}, func([]byte) error { return nil })
		var failed *runnerclient.RequestError
		require.ErrorAs(t, err, &failed, name)
		assert.Equal(t, c.code, failed.Code, name)
	}
}

func TestNew_refuses_what_cannot_work(t *testing.T) {
	for _, o := range []runnerclient.Options{
		{BaseURL: "", Secret: "s"}, {BaseURL: "ftp://x", Secret: "s"}, {BaseURL: "http://", Secret: "s"}, {BaseURL: "http://x", Secret: " \n"},
	} {
		_, err := runnerclient.New(o)
		assert.Error(t, err, "%+v", o)
	}
	_, err := runnerclient.FromEnv(func(name string) string {
		return map[string]string{"DOCKER_RUNNER_SHARED_SECRET": "s", "DOCKER_RUNNER_TIMEOUT_MS": "soon"}[name]
	})
	assert.ErrorContains(t, err, "DOCKER_RUNNER_TIMEOUT_MS")
}
