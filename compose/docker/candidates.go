package docker

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/same-origin/devproxy/compose/runnerclient"
)

// hostVariable names an engine by its address.
const hostVariable = "DOCKER_HOST"

// candidate is one place an engine may answer at.
type candidate struct {
	source, endpoint string
	tls              *tlsFiles
	service          *runnerclient.Client // that leads to the engine; nil for a way of its own
	err              error                // why it cannot even be dialled
}

// candidates lists where to look, in order. What the environment names is the
// only candidate: falling back would run the user's project on another engine.
func candidates(env map[string]string) []candidate {
	if address := env[apiVariable]; address != "" {
		return []candidate{through(apiVariable, address, env)}
	}
	if address, ok := strings.CutPrefix(env[hostVariable], apiScheme); ok { // as Endpoint gives it
		return []candidate{through(hostVariable, address, env)}
	}
	if host := env[hostVariable]; host != "" {
		return []candidate{{source: hostVariable, endpoint: host, tls: envTLS(env)}}
	}
	store := contextStore{dir: configDir(env)}
	if name := env["DOCKER_CONTEXT"]; name != "" && name != defaultContext {
		return []candidate{store.candidate("DOCKER_CONTEXT "+name, name)}
	}
	var found []candidate
	name, err := store.current()
	switch {
	case err != nil:
		found = append(found, candidate{source: "Docker configuration", endpoint: store.configFile(), err: err})
	case name != "" && name != defaultContext && env["DOCKER_CONTEXT"] == "":
		found = append(found, store.candidate("context "+name, name))
	}
	return append(found, sockets(env)...)
}

func envTLS(env map[string]string) *tlsFiles {
	dir := env["DOCKER_CERT_PATH"]
	if dir == "" && env["DOCKER_TLS_VERIFY"] == "" {
		return nil
	}
	if dir == "" {
		dir = configDir(env)
	}
	return &tlsFiles{dir: dir, skipVerify: env["DOCKER_TLS_VERIFY"] == ""}
}

// sockets are the places the engines of the day listen at.
func sockets(env map[string]string) []candidate {
	if runtime.GOOS == "windows" {
		return []candidate{
			{source: "default pipe", endpoint: "npipe:////./pipe/docker_engine"},
			{source: "Podman", endpoint: "npipe:////./pipe/podman-machine-default"},
		}
	}
	list := []candidate{unix("default socket", "/var/run/docker.sock")}
	if dir := env["XDG_RUNTIME_DIR"]; dir != "" {
		list = append(list, unix("rootless Docker", dir, "docker.sock"), unix("rootless Podman", dir, "podman/podman.sock"))
	}
	home := home(env)
	if home == "" {
		return append(list, candidate{source: "sockets in the home folder", err: errors.New("HOME is not set")})
	}
	return append(list,
		unix("Docker Desktop", home, ".docker/run/docker.sock"),
		unix("Docker Desktop for Linux", home, ".docker/desktop/docker.sock"),
		unix("Colima", home, ".colima/default/docker.sock"),
		unix("OrbStack", home, ".orbstack/run/docker.sock"),
		unix("Rancher Desktop", home, ".rd/docker.sock"),
		unix("Podman machine", home, ".local/share/containers/podman/machine/podman.sock"),
		unix("Podman", "/run/podman/podman.sock"),
	)
}

func unix(source string, path ...string) candidate {
	return candidate{source: source, endpoint: "unix://" + filepath.Join(path...)}
}

func home(env map[string]string) string {
	if runtime.GOOS == "windows" {
		return env["USERPROFILE"]
	}
	return env["HOME"]
}

func configDir(env map[string]string) string {
	if dir := env["DOCKER_CONFIG"]; dir != "" {
		return dir
	}
	return filepath.Join(home(env), ".docker")
}
