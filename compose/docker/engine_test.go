package docker_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestEngineAnswersWithItsSourceAndVersion(t *testing.T) {
	engine := enginetest.Engine(t)
	require.NotEmpty(t, engine.Source())
	require.NotEmpty(t, engine.Endpoint())
	require.Regexp(t, `^1\.\d+$`, engine.APIVersion())
	require.NoError(t, engine.Ping(enginetest.Context(t)))
}

// pinger answers as an engine does to a ping, on a unix socket.
func pinger(t *testing.T, socket string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(socket), 0o700))
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.44")
	}))
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
}

// shortDir is a folder whose path fits into a socket address.
func shortDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "eng") //nolint:usetesting // t.TempDir names the test, which is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func writeContext(t *testing.T, config, name, host string) {
	t.Helper()
	sum := sha256.Sum256([]byte(name))
	dir := filepath.Join(config, "contexts", "meta", hex.EncodeToString(sum[:]))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	meta, err := json.Marshal(map[string]any{"Name": name, "Endpoints": map[string]any{"docker": map[string]any{"Host": host}}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "meta.json"), meta, 0o600))
}

func TestEachSourceOfAnEngineIsFoundAlone(t *testing.T) {
	dir := shortDir(t)
	named := filepath.Join(dir, "named.sock")
	pinger(t, named)
	config := filepath.Join(dir, "config")
	writeContext(t, config, "colima", "unix://"+named)
	chosen := filepath.Join(dir, "chosen")
	writeContext(t, chosen, "colima", "unix://"+named)
	require.NoError(t, os.WriteFile(filepath.Join(chosen, "config.json"), []byte(`{"currentContext":"colima"}`), 0o600))
	cases := map[string][]string{
		"DOCKER_HOST":           {"DOCKER_HOST=unix://" + named},
		"DOCKER_CONTEXT colima": {"DOCKER_CONTEXT=colima", "DOCKER_CONFIG=" + config},
		"context colima":        {"DOCKER_CONFIG=" + chosen},
	}
	for source, environ := range cases {
		t.Run(source, func(t *testing.T) {
			engine, err := docker.Connect(t.Context(), docker.Options{Environ: environ})
			require.NoError(t, err)
			t.Cleanup(func() { engine.Close() })
			require.Equal(t, source, engine.Source())
			require.Equal(t, "unix://"+named, engine.Endpoint())
			require.Equal(t, "1.44", engine.APIVersion())
		})
	}
}

func TestAnEngineNamedByTheEnvironmentIsFinal(t *testing.T) {
	missing := "unix://" + filepath.Join(t.TempDir(), "none.sock")
	_, err := docker.Connect(t.Context(), docker.Options{Environ: []string{"DOCKER_HOST=" + missing}})
	var unavailable *docker.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	require.Len(t, unavailable.Tried, 1)
	require.Equal(t, docker.CodeUnavailable, docker.CodeOf(err))
	require.EqualError(t, err, "no container engine answers; tried:\n  DOCKER_HOST ("+missing+"): no such socket\n"+
		"fix: start that engine, or unset what names it to search the known sockets")
}

func TestBrokenChoicesSayWhy(t *testing.T) {
	config := t.TempDir()
	cases := map[string]struct {
		environ []string
		reason  string
	}{
		"a context that is not there": {[]string{"DOCKER_CONTEXT=gone", "DOCKER_CONFIG=" + config}, `DOCKER_CONTEXT gone: no context "gone" in ` + config + "\nfix: choose one that `docker context ls` lists, or unset DOCKER_CONTEXT"},
		"an ssh engine":               {[]string{"DOCKER_HOST=ssh://dev@host"}, "not the ports of its containers\nfix: run devproxy on that machine"},
		"a host without a scheme":     {[]string{"DOCKER_HOST=nonsense"}, "DOCKER_HOST (nonsense): this is no address of an engine\nfix: write DOCKER_HOST as unix:///PATH"},
		"a host of an unknown scheme": {[]string{"DOCKER_HOST=foo://bar"}, "DOCKER_HOST (foo://bar): this is no address of an engine\nfix: write DOCKER_HOST as"},
		"a host without a slash":      {[]string{"DOCKER_HOST=tcp:/127.0.0.1:2375"}, "this is no address of an engine"},
		"a refused port":              {[]string{"DOCKER_HOST=tcp://127.0.0.1:1"}, "127.0.0.1:1"},
		"an ignored TLS folder":       {[]string{"DOCKER_HOST=tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=" + config}, "127.0.0.1:1"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := docker.Connect(t.Context(), docker.Options{Environ: c.environ})
			require.ErrorContains(t, err, c.reason)
			require.Equal(t, docker.CodeUnavailable, docker.CodeOf(err))
		})
	}
}

func TestKnownSocketsAreTriedInOrder(t *testing.T) {
	if _, err := os.Stat("/var/run/docker.sock"); err == nil {
		t.Log("the default socket of this machine comes first")
	}
	home := shortDir(t)
	run := filepath.Join(home, "run")
	pinger(t, filepath.Join(run, "docker.sock"))
	pinger(t, filepath.Join(home, ".colima/default/docker.sock"))
	engine, err := docker.Connect(t.Context(), docker.Options{Environ: []string{"HOME=" + home, "XDG_RUNTIME_DIR=" + run}})
	require.NoError(t, err)
	t.Cleanup(func() { engine.Close() })
	require.Contains(t, []string{"default socket", "rootless Docker"}, engine.Source())
}
