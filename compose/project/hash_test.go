package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const hashed = `name: shop
services:
  web:
    image: app
    build: {context: ., args: {A: "1"}}
    environment: {A: "1", B: "2", C: "3"}
    networks: [front]
    volumes: ["data:/data"]
    secrets: [token]
    depends_on: {db: {condition: service_healthy}}
  db:
    image: db
networks: {front: {}}
volumes: {data: {}}
secrets: {token: {file: docker-compose.yml}}
`

func fingerprintAndHash(t *testing.T, dir string) (string, string) {
	t.Helper()
	p := loaded(t, dir, Options{})
	fingerprint, err := p.Fingerprint(p.Compose.Services["web"])
	require.NoError(t, err)
	hash, err := Hash(p.Compose.Services["web"])
	require.NoError(t, err)
	return fingerprint, hash
}

func TestAFingerprintChangesWithTheContainerAndWithNothingElse(t *testing.T) {
	for _, c := range []struct {
		title, from, to string
		changes         bool
	}{
		{"nothing", "", "", false},
		{"the order of keys", `{A: "1", B: "2", C: "3"}`, `{C: "3", B: "2", A: "1"}`, false},
		{"a comment", "name: shop", "# ours\nname: shop", false},
		{"a build argument", `args: {A: "1"}`, `args: {A: "2"}`, false},
		{"a condition", "service_healthy", "service_started", false},
		{"an extension", "    image: app", "    x-devproxy: {port: 1}\n    image: app", false},
		{"a watch", "    image: app", "    develop: {watch: [{action: rebuild, path: .}]}\n    image: app", false},
		{"a variable", `B: "2"`, `B: "5"`, true},
		{"the image", "image: app", "image: other", true},
		{"a mount", "data:/data", "data:/elsewhere", true},
		{"a network it is on", "front: {}", "front: {driver: macvlan}", true},
		{"a volume it mounts", "data: {}", "data: {name: other}", true},
		{"the file of a secret", "file: docker-compose.yml", "file: ./other.txt", true},
	} {
		t.Run(c.title, func(t *testing.T) {
			dir := folder(t, map[string]string{"docker-compose.yml": hashed, "other.txt": ""})
			before, _ := fingerprintAndHash(t, dir)
			rewrite(t, dir, hashed, c.from, c.to)
			after, _ := fingerprintAndHash(t, dir)
			assert.Equal(t, c.changes, before != after)
		})
	}
}

func TestTheHashIsThatOfCompose(t *testing.T) {
	_, hash := fingerprintAndHash(t, folder(t, map[string]string{
		"docker-compose.yml": "name: shop\nservices:\n  web:\n    image: app\n    build: .\n    command: [serve]\n    scale: 1\n    env_file: a.env\n",
		"a.env":              "A=1\n",
	}))
	// What Compose hashes: the service's JSON with its environment resolved, less
	// what does not reach the container.
	sum := sha256.Sum256([]byte(`{"command":["serve"],"entrypoint":null,"environment":{"A":"1"},"image":"app","networks":{"default":null}}`))
	assert.Equal(t, hex.EncodeToString(sum[:]), hash)
}

func TestLabelsMakeAContainerComposesOwn(t *testing.T) {
	dir := folder(t, one(hashed))
	p := loaded(t, dir, Options{})
	labels, err := p.Labels(p.Compose.Services["web"], 2, "sha256:abc")
	require.NoError(t, err)
	_, hash := fingerprintAndHash(t, dir)

	assert.Equal(t, map[string]string{
		"com.docker.compose.project":              "shop",
		"com.docker.compose.service":              "web",
		"com.docker.compose.container-number":     "2",
		"com.docker.compose.oneoff":               "False",
		"com.docker.compose.config-hash":          hash,
		"com.docker.compose.image":                "sha256:abc",
		"com.docker.compose.depends_on":           "db:service_healthy:false",
		"com.docker.compose.project.working_dir":  dir,
		"com.docker.compose.project.config_files": filepath.Join(dir, "docker-compose.yml"),
		"com.docker.compose.version":              "2.40.3",
	}, labels)
	assert.Equal(t, map[string]string{
		"com.docker.compose.project": "shop", "com.docker.compose.network": "front", "com.docker.compose.version": "2.40.3",
	}, p.NetworkLabels("front"))
	assert.Equal(t, "data", p.VolumeLabels("data")["com.docker.compose.volume"])
}

func TestServicesAreVisitedAfterWhatTheyDependOnAndBeforeItInReverse(t *testing.T) {
	dir := folder(t, one("services:\n  web: {image: a, depends_on: [api]}\n  api: {image: a, depends_on: [db]}\n  db: {image: a}\n"))
	p := loaded(t, dir, Options{})
	var mu sync.Mutex
	var seen []string
	visit := func(_ context.Context, service types.ServiceConfig) error {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, service.Name)
		return nil
	}
	require.NoError(t, p.InDependencyOrder(t.Context(), visit))
	assert.Equal(t, []string{"db", "api", "web"}, seen)
	slices.Reverse(seen)
	want := slices.Clone(seen)
	seen = nil
	require.NoError(t, p.InReverseOrder(t.Context(), visit))
	assert.Equal(t, want, seen)
}

func TestAnErrorEndsTheVisit(t *testing.T) {
	p := loaded(t, folder(t, one("services:\n  web: {image: a, depends_on: [db]}\n  db: {image: a}\n")), Options{})
	err := p.InDependencyOrder(t.Context(), func(_ context.Context, service types.ServiceConfig) error {
		require.Equal(t, "db", service.Name)
		return assert.AnError
	})
	assert.ErrorIs(t, err, assert.AnError)
}

func rewrite(t *testing.T, dir, content, from, to string) {
	t.Helper()
	require.Contains(t, content, from)
	content = strings.Replace(content, from, to, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker-compose.yml"), []byte(content), 0o644))
}
