package runner

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// store is an object store on a loopback port.
type store struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string][]byte
	gets    atomic.Int32
	gate    chan struct{} // when set, a GET waits until it is closed
	asked   chan struct{} // when set, gets one value per GET
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{objects: map[string][]byte{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *store) serve(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodGet {
		s.gets.Add(1)
	}
	if s.asked != nil {
		s.asked <- struct{}{}
	}
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-req.Context().Done():
			return
		}
	}
	s.mu.Lock()
	object, ok := s.objects[req.URL.EscapedPath()]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, req)
		return
	}
	_, _ = w.Write(object)
}

// put publishes archive under hash for the test tenant and extension.
func (s *store) put(hash string, archive []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	digits := strings.TrimPrefix(hash, hashPrefix)
	s.objects["/alga-ext/tenants/t1/extensions/acme.hello/sha256/"+digits+"/bundle.tar.zst"] = archive
}

func (s *store) source(t *testing.T) *BundleStore {
	t.Helper()
	source, err := NewBundleStore(BundleStoreConfig{BaseURL: s.URL + "/alga-ext/", CacheDir: filepath.Join(t.TempDir(), "cache")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, source.Close()) })
	return source
}

func hashOf(archive []byte) string {
	sum := sha256.Sum256(archive)
	return hashPrefix + hex.EncodeToString(sum[:])
}

// pack makes a bundle of entries: a name that ends in "/" is a folder, a
// content that begins with "-> " a symbolic link.
func pack(t *testing.T, entries ...string) []byte {
	t.Helper()
	var archive bytes.Buffer
	compressor, err := zstd.NewWriter(&archive)
	require.NoError(t, err)
	writer := tar.NewWriter(compressor)
	for i := 0; i < len(entries); i += 2 {
		header := &tar.Header{Name: entries[i], Mode: 0o644, Size: int64(len(entries[i+1])), Typeflag: tar.TypeReg}
		if link, ok := strings.CutPrefix(entries[i+1], "-> "); ok {
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, link, 0
		}
		if strings.HasSuffix(entries[i], "/") {
			header.Typeflag = tar.TypeDir
		}
		require.NoError(t, writer.WriteHeader(header))
		if header.Typeflag == tar.TypeReg {
			_, err = writer.Write([]byte(entries[i+1]))
			require.NoError(t, err)
		}
	}
	require.NoError(t, writer.Close())
	require.NoError(t, compressor.Close())
	return archive.Bytes()
}

func goodArchive(t *testing.T) []byte {
	return pack(t, "manifest.json", "{}", "ui/", "", "ui/index.html", "<title>published</title>", "dist/main.wasm", "\x00asm")
}

// leftovers lists what is in the cache but its empty tmp folder.
func leftovers(t *testing.T, cache string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(cache, func(path string, _ fs.DirEntry, err error) error {
		if path != cache && path != filepath.Join(cache, "tmp") {
			found = append(found, path)
		}
		return err
	})
	require.NoError(t, err)
	return found
}

func getPublished(t *testing.T, server *httptest.Server, hash string) reply {
	t.Helper()
	return send(t, server, http.MethodGet, "/ext-ui/acme.hello/"+hash+"/index.html?tenant=t1", "")
}
