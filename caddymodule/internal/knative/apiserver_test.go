package knative

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// apiServer is no Kubernetes: it answers over TLS in the shapes that one
// does, to whoever has its token or a client certificate that it signed.
type apiServer struct {
	*httptest.Server
	authority *x509.Certificate
	key       *ecdsa.PrivateKey

	mu      sync.Mutex
	objects map[string]string // path below the API group: body
	status  map[string]int    // path: status instead of 200
	asks    int               // requests until then is called
	then    func()            // with the lock held
}

const group = "/apis/serving.knative.dev/v1"

func newAPIServer(t *testing.T) *apiServer {
	a := &apiServer{objects: map[string]string{}, status: map[string]int{}}
	a.authority, a.key = selfSigned(t)
	a.Server = serve(t, func(s *httptest.Server) {
		pool := x509.NewCertPool()
		pool.AddCert(a.authority)
		s.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool}
		s.StartTLS()
	}, a.answer)
	for name, file := range map[string]string{"runner": "ready", "broken": "failed", "starting": "starting"} {
		body, err := os.ReadFile(filepath.Join("testdata", file+".json"))
		require.NoError(t, err)
		a.set("/namespaces/ext/services/"+name, string(body))
	}
	list := `{"apiVersion":"serving.knative.dev/v1","kind":"ServiceList","items":[%s]}`
	item := func(ns, name string) string {
		return fmt.Sprintf(`{"metadata":{"name":%q,"namespace":%q}}`, name, ns)
	}
	ext := item("ext", "runner") + "," + item("ext", "broken") + "," + item("ext", "starting")
	a.set("/namespaces/ext/services", fmt.Sprintf(list, ext))
	a.set("/namespaces/default/services", fmt.Sprintf(list, ""))
	a.set("/services", fmt.Sprintf(list, ext+","+item("shop", "cart")))
	return a
}

func (a *apiServer) set(path, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.objects[group+path] = body
}

func (a *apiServer) refuse(path string, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status[group+path] = status
}

// whenAsked calls then when the n-th request from now on comes.
func (a *apiServer) whenAsked(n int, then func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asks, a.then = n, then
}

func (a *apiServer) answer(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asks--; a.asks == 0 {
		a.then()
	}
	if r.Header.Get("Authorization") != "Bearer token-1" && len(r.TLS.VerifiedChains) == 0 {
		writeStatus(w, http.StatusUnauthorized, "Unauthorized", "Unauthorized")
		return
	}
	body, found := a.objects[r.URL.Path]
	switch {
	case a.status[r.URL.Path] == http.StatusForbidden:
		writeStatus(w, http.StatusForbidden, "Forbidden", `services.serving.knative.dev is forbidden: User "ann" cannot get resource "services"`)
	case a.status[r.URL.Path] != 0:
		http.Error(w, "<html>a proxy's page</html>", a.status[r.URL.Path])
	case found:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	case strings.HasPrefix(r.URL.Path, group) && len(a.objects) > 0:
		writeStatus(w, http.StatusNotFound, "NotFound", `services.serving.knative.dev "x" not found`)
	default:
		http.Error(w, "404 page not found", http.StatusNotFound)
	}
}

func writeStatus(w http.ResponseWriter, code int, reason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":%q,"reason":%q,"code":%d}`, message, reason, code)
}

// kubeconfig writes one with a context for the user that fields describe, as
// in "token: x".
func (a *apiServer) kubeconfig(t *testing.T, fields string) string {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: dev
clusters: [{name: c, cluster: {server: %q, certificate-authority-data: %s}}]
users: [{name: u, user: {%s}}]
contexts:
- {name: dev, context: {cluster: c, user: u, namespace: ext}}
- {name: production, context: {cluster: c, user: u}}
`, a.URL, base64.StdEncoding.EncodeToString(ca), fields)
	return write(t, "config", text)
}

func write(t *testing.T, name, text string) string {
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func (a *apiServer) open(t *testing.T, fields string) *Cluster {
	c, err := Open(Options{Kubeconfig: a.kubeconfig(t, fields)})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// clientCertificate gives a kubeconfig's fields for a user that the server knows.
func (a *apiServer) clientCertificate(t *testing.T) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := certificate("ann")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.authority, &key.PublicKey, a.key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	encode := func(kind string, raw []byte) string {
		return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
	}
	return "client-certificate-data: " + encode("CERTIFICATE", raw) + ", client-key-data: " + encode("PRIVATE KEY", secret)
}

func selfSigned(t *testing.T) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := certificate("cluster")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	return parsed, key
}

func certificate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

// plugin is this test program as a credential plugin. Its outcome is "work",
// "fail", or the address of a listener that says when it has hung enough.
func plugin() int {
	switch outcome := os.Getenv("KNATIVE_TEST_PLUGIN"); outcome {
	case "work":
		fmt.Println(`{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-1"}}`)
		return 0
	case "fail":
		return 1
	default:
		if conn, err := net.Dial("tcp", outcome); err == nil {
			_, _ = io.Copy(io.Discard, conn)
		}
		return 1
	}
}
