// Package registrytest is a registry of images on loopback, from which a real
// engine pulls: engines take loopback for safe without TLS. Only tests import it;
// it calls nobody.
package registrytest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Registry serves images by the reading half of the distribution API. Safe for
// concurrent use.
type Registry struct {
	t      testing.TB
	server *httptest.Server

	mu        sync.Mutex
	manifests map[string][]byte // by path
	blobs     map[string][]byte // by digest
	asked     map[string]int    // manifests, by path
}

// Image is what one is made of: a layer `FROM scratch` and its configuration.
type Image struct {
	Programs   map[string][]byte // executable files, by absolute path
	Entrypoint []string
	Env        []string
}

const manifestType = "application/vnd.docker.distribution.manifest.v2+json"

// New serves an empty registry until the end of the test.
func New(t testing.TB) *Registry {
	t.Helper()
	r := &Registry{t: t, manifests: map[string][]byte{}, blobs: map[string][]byte{}, asked: map[string]int{}}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

// Push adds an image and returns the name to pull it by.
func (r *Registry) Push(name string, image Image) string {
	r.t.Helper()
	layer := r.layer(image.Programs)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := writer.Write(layer)
	require.NoError(r.t, err)
	require.NoError(r.t, writer.Close())
	config := r.json(map[string]any{
		"os": "linux", "architecture": runtime.GOARCH, "config": map[string]any{"Entrypoint": image.Entrypoint, "Env": image.Env},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(layer)}},
	})
	manifest := r.json(map[string]any{
		"schemaVersion": 2, "mediaType": manifestType,
		"config": described("application/vnd.docker.container.image.v1+json", config),
		"layers": []any{described("application/vnd.docker.image.rootfs.diff.tar.gzip", packed.Bytes())},
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blobs[digest(config)], r.blobs[digest(packed.Bytes())] = config, packed.Bytes()
	for _, tag := range []string{"1", digest(manifest)} {
		r.manifests["/v2/"+name+"/manifests/"+tag] = manifest
	}
	return strings.TrimPrefix(r.server.URL, "http://") + "/" + name + ":1"
}

// Asked is how often the image was asked for by its name; engines differ in how
// often they do so for one pull.
func (r *Registry) Asked(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked["/v2/"+name+"/manifests/1"]
}

func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	manifest, found := r.manifests[request.URL.Path]
	_, hash, isBlob := strings.Cut(request.URL.Path, "/blobs/")
	blob := r.blobs[hash]
	if found {
		r.asked[request.URL.Path]++
	}
	r.mu.Unlock()
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	switch {
	case request.URL.Path == "/v2/":
	case found:
		w.Header().Set("Content-Type", manifestType)
		w.Header().Set("Docker-Content-Digest", digest(manifest))
		_, _ = w.Write(manifest)
	case isBlob && blob != nil:
		_, _ = w.Write(blob)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`))
	}
}

func (r *Registry) layer(programs map[string][]byte) []byte {
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	for path, content := range programs {
		require.NoError(r.t, writer.WriteHeader(&tar.Header{Name: strings.TrimPrefix(path, "/"), Mode: 0o755, Size: int64(len(content))}))
		_, err := writer.Write(content)
		require.NoError(r.t, err)
	}
	require.NoError(r.t, writer.Close())
	return archive.Bytes()
}

func (r *Registry) json(value any) []byte {
	text, err := json.Marshal(value)
	require.NoError(r.t, err)
	return text
}

func described(mediaType string, content []byte) map[string]any {
	return map[string]any{"mediaType": mediaType, "size": len(content), "digest": digest(content)}
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Interface guards
var _ http.Handler = (*Registry)(nil)
