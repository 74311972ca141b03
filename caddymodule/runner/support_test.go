package runner

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	testTenant    = "t1"
	testExtension = "acme.hello"
)

var testHash = "sha256:" + strings.Repeat("ab", 32)

// folder is a Source of one extension whose content lies in a directory.
type folder struct {
	dir   string
	root  *os.Root
	live  bool
	opens atomic.Int32
}

// newFolder writes files, by name, into a new directory.
func newFolder(t testing.TB, live bool, files map[string]string) *folder {
	t.Helper()
	f := &folder{dir: t.TempDir(), live: live}
	for name, content := range files {
		f.write(t, name, content)
	}
	root, err := os.OpenRoot(f.dir)
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	f.root = root
	return f
}

func (f *folder) write(t testing.TB, name, content string) {
	t.Helper()
	full := filepath.Join(f.dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
	require.NoError(t, os.WriteFile(full, []byte(content), 0o644))
}

func (f *folder) Open(_ context.Context, ref Ref) (Bundle, error) {
	f.opens.Add(1)
	if ref.Extension != testExtension || ref.Hash != testHash || ref.Tenant != "" && ref.Tenant != testTenant {
		return Bundle{}, ErrNotInstalled
	}
	return Bundle{Hash: testHash, Files: f.root.FS(), Live: f.live, Dir: f.dir}, nil
}

// start serves a Runner on a loopback port.
func start(t testing.TB, cfg Config) *httptest.Server {
	t.Helper()
	r, err := New(cfg)
	require.NoError(t, err)
	server := httptest.NewServer(r)
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, r.Close(context.Background()))
	})
	return server
}

// reply is a response whose body was read.
type reply struct {
	*http.Response
	body string
}

// send makes a request with header pairs; path is sent as it is. It may be
// called from any goroutine: a failure is reported and gives an empty reply.
func send(t testing.TB, server *httptest.Server, method, path, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
	if !assert.NoError(t, err) {
		return reply{Response: &http.Response{}}
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := server.Client().Transport.RoundTrip(req)
	if !assert.NoError(t, err) {
		return reply{Response: &http.Response{}}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	assert.NoError(t, err)
	return reply{resp, string(data)}
}

// assetURL is the URL path of a file of the test extension.
func assetURL(name string) string {
	return "/ext-ui/" + testExtension + "/" + testHash + "/" + name
}

func getAsset(t *testing.T, server *httptest.Server, name string, headers ...string) reply {
	t.Helper()
	return send(t, server, http.MethodGet, assetURL(name), "", headers...)
}

// code gives the code of an error in either of the two shapes.
func (r reply) code(t testing.TB) string {
	t.Helper()
	var shape struct {
		Code  string    `json:"code"`
		Error errorBody `json:"error"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.body), &shape), r.body)
	return shape.Code + shape.Error.Code
}

// Interface guard.
var _ Source = (*folder)(nil)
