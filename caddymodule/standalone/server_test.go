package standalone

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
)

// executeBody calls the handler of acme.limits.
const executeBody = `{"context":{"tenant_id":"local","extension_id":"acme.limits","content_hash":"` + hash + `"},` +
	`"http":{"method":"GET","path":"/cpu"},"limits":{"timeout_ms":60000}}`

// limits is a shelf with a real handler.
func limits(t *testing.T) (shelf, state string) {
	shelf, state = t.TempDir(), t.TempDir()
	addExtension(t, filepath.Join(shelf, "limits"), "limits")
	write(t, shelf, "limits/dist/main.wasm", string(guesttest.Component(t, "limits")))
	require.NoError(t, os.MkdirAll(guesttest.CacheDir(t), 0o755))
	// compiling takes seconds, and is done once per machine
	require.NoError(t, os.Symlink(guesttest.CacheDir(t), filepath.Join(state, "wasm")))
	return shelf, state
}

func executeRequest(t *testing.T, s *served, token string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/execute", body)
	require.NoError(t, err)
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-Alga-Tenant": "local", "X-Alga-Extension": "acme.limits", "X-Runner-Service-Token": token,
	} {
		req.Header.Set(name, value)
	}
	return req
}

// answered gives the handler's own status and body.
func answered(t *testing.T, resp *http.Response) (int, string) {
	t.Helper()
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	var envelope struct {
		Status int     `json:"status"`
		Body   []byte  `json:"body_b64"`
		Error  *string `json:"error"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&envelope))
	require.Nil(t, envelope.Error)
	return envelope.Status, string(envelope.Body)
}

func TestServer_executes_handlers_of_callers_with_the_token_and_warms_them_up(t *testing.T) {
	shelf, state := limits(t)
	s := serve(t, Settings{ExtensionsDir: shelf, StateDir: state, ServiceToken: "sesame"})
	resp, err := http.DefaultClient.Do(executeRequest(t, s, "sesame", strings.NewReader(executeBody)))
	require.NoError(t, err)
	status, body := answered(t, resp)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "315", body)

	resp, err = http.DefaultClient.Do(executeRequest(t, s, "wrong", strings.NewReader(executeBody)))
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Eventually(t, func() bool { return s.log.count("handler is compiled") == 1 }, patience, 20*time.Millisecond)
	assert.Zero(t, s.log.count("sesame"), "the token is in the log")
	for line := range strings.Lines(s.log.String()) {
		assert.True(t, json.Valid([]byte(line)), line)
	}
}

// inFlight sends an execute whose body has not arrived yet: the runner waits
// for it. It returns once the runner does.
func inFlight(t *testing.T, s *served) (finish func(), response <-chan *http.Response, failure <-chan error) {
	body, rest := io.Pipe()
	reading := make(chan struct{})
	req := executeRequest(t, s, "", body)
	req.Header.Set("Expect", "100-continue")
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(reading) }}))
	responses, failures := make(chan *http.Response, 1), make(chan error, 1)
	go func() {
		transport := &http.Transport{ExpectContinueTimeout: patience}
		defer transport.CloseIdleConnections()
		if resp, err := transport.RoundTrip(req); err != nil {
			failures <- err
		} else {
			responses <- resp
		}
	}()
	<-reading
	return func() {
		_, _ = io.Copy(rest, strings.NewReader(executeBody))
		rest.Close()
	}, responses, failures
}

func TestServer_lets_requests_end_before_it_does(t *testing.T) {
	shelf, state := limits(t)
	s := serve(t, Settings{ExtensionsDir: shelf, StateDir: state, Grace: patience})
	finish, response, failure := inFlight(t, s)
	s.order()
	target, err := url.Parse(s.url)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", target.Host)
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, patience, 10*time.Millisecond, "it still accepts connections")
	finish()
	select {
	case resp := <-response:
		status, _ := answered(t, resp)
		assert.Equal(t, http.StatusOK, status)
	case err := <-failure:
		t.Fatalf("the request was cut: %v\n%s", err, s.log)
	}
	assert.NoError(t, s.stop(t))
	assert.Zero(t, s.log.count("were cut"))
}

func TestServer_cuts_requests_that_take_longer_than_the_grace(t *testing.T) {
	s := serve(t, Settings{Grace: 50 * time.Millisecond})
	finish, _, failure := inFlight(t, s)
	assert.NoError(t, s.stop(t))
	finish()
	assert.Error(t, <-failure)
	assert.Equal(t, 1, s.log.count("were cut"))
}

func TestServer_fetches_what_is_not_on_the_shelf_with_the_key(t *testing.T) {
	asked := make(chan *http.Request, 4)
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		w.WriteHeader(http.StatusNotFound)
	}))
	defer store.Close()
	s := serve(t, Settings{BundleStore: store.URL + "/b/", BundleStoreKey: "key", CacheDir: filepath.Join(t.TempDir(), "c")})
	status, _ := s.get(t, "/ext-ui/acme.far/"+hash+"/index.html?tenant=t")
	assert.Equal(t, http.StatusNotFound, status)
	request := <-asked
	assert.Equal(t, "/b/tenants/t/extensions/acme.far/sha256/"+strings.TrimPrefix(hash, "sha256:")+"/bundle.tar.zst", request.URL.Path)
	assert.Equal(t, "key", request.Header.Get("X-Api-Key"))
}

func TestCheck_tells_a_healthy_runner_from_others(t *testing.T) {
	s := serve(t, Settings{})
	assert.NoError(t, Check(t.Context(), s.url))
	assert.NoError(t, s.stop(t))
	assert.ErrorContains(t, Check(t.Context(), s.url), "connection refused")

	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"cache_writable":false}`, http.StatusServiceUnavailable)
	}))
	defer sick.Close()
	assert.ErrorContains(t, Check(t.Context(), sick.URL), `503 Service Unavailable: {"cache_writable":false}`)
}

func TestOpen_names_the_variable_or_the_address_that_cannot_be_used(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	var wrong *VariableError
	_, err := Open(t.Context(), Settings{StateDir: file}, log)
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, "RUNNER_STATE_DIR", wrong.Name)
	_, err = Open(t.Context(), Settings{StateDir: t.TempDir(), BundleStore: "http://store", CacheDir: file}, log)
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, "EXT_CACHE_ROOT", wrong.Name)

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	var listen *ListenError
	_, err = Open(t.Context(), Settings{Host: "127.0.0.1", Port: uint16(taken.Addr().(*net.TCPAddr).Port), StateDir: t.TempDir()}, log)
	require.ErrorAs(t, err, &listen)
	assert.Equal(t, "127.0.0.1:"+strconv.Itoa(taken.Addr().(*net.TCPAddr).Port), listen.Address)
}
