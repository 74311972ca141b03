package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rootOfCA is the certificate that a started devproxy's CA made.
func (s *started) rootOfCA() string {
	return filepath.Join(s.state, "devproxy", "ca", "pki", "authorities", "local", "root.crt")
}

// trusting is a client that trusts the CA and nobody else, and takes names
// below localhost to this machine, as browsers do.
func (s *started) trusting(t *testing.T) *http.Client {
	t.Helper()
	text, err := os.ReadFile(s.rootOfCA())
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				host, port, _ := net.SplitHostPort(address)
				if strings.HasSuffix(host, "localhost") || strings.HasSuffix(host, ".example") {
					host = "127.0.0.1"
				}
				return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(host, port))
			},
		},
	}
}

// mirror is an app that says how it was asked, echoes WebSockets, and would
// have browsers remember that it is https.
func mirror(t *testing.T) string {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
		if r.Header.Get("Upgrade") == "" {
			fmt.Fprintf(w, "%s %s %s %s", r.Host, r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-Host"), r.Header.Get("X-Forwarded-For"))
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		kind, message, err := conn.Read(r.Context())
		if err == nil {
			_ = conn.Write(r.Context(), kind, message)
		}
	}))
	t.Cleanup(app.Close)
	return app.URL
}

func TestHTTPS_all_local_names_have_certificates_and_the_app_learns_of_it(t *testing.T) {
	s := startUp(t, "--https", "--app", mirror(t))
	require.True(t, strings.HasPrefix(s.url, "https://localhost:"), s.url)
	assert.Equal(t, s.url, statusOf(t, s).URL)
	assert.Contains(t, s.output.String(), "devproxy trust")
	client, port := s.trusting(t), strings.TrimPrefix(s.url, "https://localhost:")
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
		if host == "[::1]" && loopback() == "127.0.0.1" {
			continue // this machine has no IPv6
		}
		res, err := client.Get("https://" + host + ":" + port + "/x")
		require.NoError(t, err, host)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, "HTTP/2.0", res.Proto)
		assert.Regexp(t, `^`+strings.ReplaceAll(host, "[", `\[`)+`:\d+ https `, string(body))
		assert.Contains(t, string(body), host+":"+port)
		assert.Empty(t, res.Header.Get("Strict-Transport-Security"), "browsers would take every port of localhost for https")
		assert.Empty(t, res.Header.Get("Alt-Svc"))
	}
}

func TestHTTPS_WebSockets_pass(t *testing.T) {
	s := startUp(t, "--https", "--app", mirror(t))
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(s.url, "https", "wss", 1)+"/socket", &websocket.DialOptions{HTTPClient: http1(s.trusting(t))})
	require.NoError(t, err)
	defer conn.CloseNow()
	require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte("over TLS")))
	_, message, err := conn.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "over TLS", string(message))
}

// http1 is c without h2, which the library's WebSockets do not know.
func http1(c *http.Client) *http.Client {
	transport := c.Transport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = false
	transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	return &http.Client{Transport: transport}
}

func TestHTTPS_http_on_the_same_port_leads_there_without_being_remembered(t *testing.T) {
	s := startUp(t, "--https")
	client := s.trusting(t)
	for _, method := range []string{"GET", "POST"} {
		req, err := http.NewRequestWithContext(t.Context(), method, "http"+strings.TrimPrefix(s.url, "https")+"/a%20b?c=d", http.NoBody)
		require.NoError(t, err)
		res, err := client.Do(req)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, http.StatusTemporaryRedirect, res.StatusCode)
		assert.Equal(t, s.url+"/a%20b?c=d", res.Header.Get("Location"))
		assert.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	}
	parsed, err := url.Parse(s.url)
	require.NoError(t, err)
	conn, err := net.Dial("tcp", "127.0.0.1:"+parsed.Port())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("\x00 this is neither\r\n\r\n"))
	require.NoError(t, err)
	rest, _ := io.ReadAll(conn)
	assert.NotContains(t, string(rest), "Location")
}

func TestHTTPS_other_names_are_refused(t *testing.T) {
	s := startUp(t, "--https")
	client := s.trusting(t)
	_, err := client.Get(strings.Replace(s.url, "localhost", "evil.example", 1))
	assert.ErrorContains(t, err, "tls", "no certificate for a name that points here by DNS rebinding")
	_, err = client.Get(strings.Replace(s.url, "localhost", "acme-unknown.localhost", 1))
	assert.ErrorContains(t, err, "tls", "nor for an extension that is not there")

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url, nil)
	require.NoError(t, err)
	req.Host = "evil.example"
	res, err := client.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	assert.Equal(t, http.StatusMisdirectedRequest, res.StatusCode)
}

func TestHTTPS_no_CA_is_made_and_none_is_trusted_unless_asked(t *testing.T) {
	s := startUp(t)
	assert.NoFileExists(t, s.rootOfCA())
	out, err := s.command(t, "trust").CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out), "https_off")
	out, err = s.command(t, "untrust").CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out), "no_authority")
	assert.NoFileExists(t, s.rootOfCA())
}

func TestHTTPS_the_key_of_the_CA_is_this_user_s_alone_and_made_once(t *testing.T) {
	s := startUp(t, "--https")
	before, err := os.ReadFile(s.rootOfCA())
	require.NoError(t, err)
	key, err := os.Stat(strings.TrimSuffix(s.rootOfCA(), "crt") + "key")
	require.NoError(t, err)
	assert.Zero(t, key.Mode().Perm()&0o077)
	_, err = s.interrupt(t)
	require.NoError(t, err)

	other := s.command(t, "up", "--https", "--port", "0")
	other.Dir = t.TempDir() // another project of the same user
	again := startIn(t, s.state, startLimit, other)
	after, err := os.ReadFile(again.rootOfCA())
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}
