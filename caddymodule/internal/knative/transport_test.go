package knative

import (
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echo answers with what an ingress sees of a request.
func echo(w http.ResponseWriter, r *http.Request) {
	name := ""
	if r.TLS != nil {
		name = r.TLS.ServerName
	}
	_, _ = io.WriteString(w, r.Proto+" host="+r.Host+" sni="+name+" uri="+r.RequestURI+" token="+r.Header.Get("X-Runner-Service-Token"))
}

func caFile(t *testing.T, s *httptest.Server) string {
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	return file
}

func ask(t *testing.T, cfg Config, token bool) (string, error) {
	transport, err := Transport(cfg)
	require.NoError(t, err)
	t.Cleanup(transport.CloseIdleConnections)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://app.localhost/ext-ui/a%2Fb?q=1", nil)
	require.NoError(t, err)
	cfg.Aim(r)
	if token {
		cfg.Authorize(r)
	}
	res, err := transport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body), nil
}

func TestTransport_reaches_an_ingress_by_address_under_the_service_s_name(t *testing.T) {
	plain := serve(t, (*httptest.Server).Start, echo)
	h2c := serve(t, func(s *httptest.Server) {
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}, echo)
	secure := serve(t, func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() }, echo)
	ca := caFile(t, secure)
	for name, c := range map[string]struct {
		cfg   Config
		token bool
		want  string
	}{
		"its own host":        {Config{BaseURL: at(t, plain.URL)}, false, "HTTP/1.1 host=" + plain.Listener.Addr().String() + " sni= uri=/ext-ui/a%2Fb?q=1 token="},
		"an ingress":          {Config{BaseURL: at(t, plain.URL), Host: "runner.default.example.com", ServiceToken: "t-1"}, true, "HTTP/1.1 host=runner.default.example.com sni= uri=/ext-ui/a%2Fb?q=1 token=t-1"},
		"no token by default": {Config{BaseURL: at(t, plain.URL), Host: "runner.example.com", ServiceToken: "t-1"}, false, "HTTP/1.1 host=runner.example.com sni= uri=/ext-ui/a%2Fb?q=1 token="},
		"a base path":         {Config{BaseURL: at(t, plain.URL+"/base"), Host: "x"}, false, "HTTP/1.1 host=x sni= uri=/base/ext-ui/a%2Fb?q=1 token="},
		"HTTP/2 without TLS":  {Config{BaseURL: at(t, h2c.URL), Host: "x", H2C: true}, false, "HTTP/2.0 host=x sni= uri=/ext-ui/a%2Fb?q=1 token="},
		"TLS under the host":  {Config{BaseURL: at(t, secure.URL), Host: "example.com:443", CAFile: ca}, false, "HTTP/2.0 host=example.com:443 sni=example.com uri=/ext-ui/a%2Fb?q=1 token="},
		"TLS under a SNI":     {Config{BaseURL: at(t, secure.URL), Host: "runner.local", SNI: "example.com", CAFile: ca}, false, "HTTP/2.0 host=runner.local sni=example.com uri=/ext-ui/a%2Fb?q=1 token="},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ask(t, c.cfg, c.token)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestTransport_trusts_nobody_unasked(t *testing.T) {
	secure := serve(t, (*httptest.Server).StartTLS, echo)
	_, err := ask(t, Config{BaseURL: at(t, secure.URL)}, false)
	assert.ErrorContains(t, err, "certificate")
	_, err = ask(t, Config{BaseURL: at(t, secure.URL), CAFile: caFile(t, secure), Host: "other.test"}, false)
	assert.ErrorContains(t, err, "other.test", "the certificate is for another name")
}

func TestTransport_bounds_the_first_byte_and_not_the_stream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := pipes{make(chan net.Conn), make(chan struct{})}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/stream" {
				_ = http.NewResponseController(w).Flush()
			}
			time.Sleep(time.Hour) // the bubble's clock, not the machine's
			_, _ = io.WriteString(w, "late")
		})}
		served := make(chan error)
		go func() { served <- server.Serve(listener) }()
		transport, err := Transport(Config{BaseURL: at(t, "http://runner"), FirstByteTimeout: time.Minute})
		require.NoError(t, err)
		transport.DialContext = listener.dial
		client := &http.Client{Transport: transport}

		_, err = client.Get("http://runner/header")
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout())
		res, err := client.Get("http://runner/stream")
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		assert.NoError(t, err)
		assert.Equal(t, "late", string(body))
		require.NoError(t, res.Body.Close())
		transport.CloseIdleConnections()
		require.NoError(t, server.Close())
		<-served
	})
}

// pipes is a listener inside of a bubble, where sockets would hold up time.
type pipes struct {
	made   chan net.Conn
	closed chan struct{}
}

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.made <- server
	return client, nil
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.made:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error { close(p.closed); return nil }

func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func TestConfig_says_what_cannot_be_used(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(garbage, []byte("no certificate"), 0o600))
	for says, cfg := range map[string]Config{
		"no base URL":            {},
		"neither http nor https": {BaseURL: at(t, "ftp://x")},
		"not a name":             {BaseURL: at(t, "http://x"), Host: "https://y"},
		"the base URL is http":   {BaseURL: at(t, "http://x"), CAFile: garbage},
		"HTTP/2 without TLS":     {BaseURL: at(t, "https://x"), H2C: true},
		"below 0":                {BaseURL: at(t, "https://x"), KeepAlive: -1},
		"holds no certificate":   {BaseURL: at(t, "https://x"), CAFile: garbage},
		"reading the CA file":    {BaseURL: at(t, "https://x"), CAFile: garbage + ".none"},
	} {
		_, err := Transport(cfg)
		fault := faultOf(t, err, CodeConfigInvalid)
		assert.Contains(t, fault.Error(), says)
	}
}

func TestConfig_a_token_from_elsewhere_never_passes(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("X-Runner-Service-Token", "from the browser")
	Config{}.Authorize(r)
	assert.Empty(t, r.Header)
}
