package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// defaultContext is the docker command's name for "no context".
const defaultContext = "default"

// contextStore reads the contexts that `docker context` writes. The client
// library ignores them, and they are the only way to Colima, Docker Desktop and
// remote engines for most people.
type contextStore struct{ dir string }

func (s contextStore) configFile() string { return filepath.Join(s.dir, "config.json") }

// current is the name `docker context use` chose; "" without one.
func (s contextStore) current() (string, error) {
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	err := readJSON(s.configFile(), &config)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return config.CurrentContext, err
}

// candidate is the Docker endpoint of a context.
func (s contextStore) candidate(source, name string) candidate {
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	path := filepath.Join(s.dir, "contexts", "meta", id, "meta.json")
	err := readJSON(path, &meta)
	if errors.Is(err, fs.ErrNotExist) {
		err = &addressError{fmt.Sprintf("no context %q in %s", name, s.dir),
			"choose one that `docker context ls` lists, or unset DOCKER_CONTEXT"}
	}
	endpoint, ok := meta.Endpoints["docker"]
	if err == nil && !ok {
		err = fmt.Errorf("context %q has no docker endpoint (%s)", name, path)
	}
	found := candidate{source: source, endpoint: endpoint.Host, err: err}
	dir := filepath.Join(s.dir, "contexts", "tls", id, "docker")
	if _, err := os.Stat(dir); err == nil || endpoint.SkipTLSVerify {
		found.tls = &tlsFiles{dir: dir, skipVerify: endpoint.SkipTLSVerify}
	}
	return found
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}
