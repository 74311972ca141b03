package container

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
	"github.com/same-origin/devproxy/compose/docker"
)

// shelf is a store that answers on loopback.
type shelf struct{ at netip.AddrPort }

func (s shelf) Reach(context.Context, netip.Addr) (map[string]string, error) { return nil, nil }
func (s shelf) Local(context.Context) (netip.AddrPort, error)                { return s.at, nil }
func (s shelf) Environment(host string, port uint16) map[string]string {
	return map[string]string{"AT": net.JoinHostPort(host, strconv.Itoa(int(port)))}
}

// serving runs a docker-runner until it is ended.
func serving(t *testing.T, settings dockerrunner.Settings) (address string, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- dockerrunner.Serve(ctx, settings, slog.New(slog.DiscardHandler), func(address string) { ready <- address })
	}()
	select {
	case address = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	return address, func() {
		cancel()
		assert.NoError(t, <-ended)
	}
}

func TestOffer_is_found_again_at_the_same_port_after_the_service_was_away(t *testing.T) {
	near, err := docker.Connect(t.Context(), docker.Options{})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("needs a container engine: ", err)
	}
	defer near.Close()
	gateway, err := near.HostGateway(t.Context())
	require.NoError(t, err)
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a bundle") }))
	defer store.Close()
	settings := dockerrunner.Settings{Host: "127.0.0.1", Secret: "a secret of the tests", StateDir: t.TempDir(), Environ: os.Environ()}
	address, end := serving(t, settings)
	engine, err := docker.Connect(t.Context(), docker.Options{Environ: []string{"RUNNER_DOCKER_API=http://" + address, "DOCKER_RUNNER_SHARED_SECRET=" + settings.Secret}})
	require.NoError(t, err)
	defer engine.Close()

	r := newRunner(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.ctx, r.cfg.Store = ctx, shelf{netip.MustParseAddrPort(store.Listener.Addr().String())}
	environment, err := r.reachStore(t.Context(), engine)
	require.NoError(t, err)
	defer func() { r.offered.close() }()
	at := environment["AT"]
	if !docker.IsLocal(gateway) { // the name leads to our loopback, and is the containers' alone
		_, port, _ := net.SplitHostPort(at)
		at = net.JoinHostPort("127.0.0.1", port)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	found := func() bool {
		response, err := client.Get("http://" + at)
		if err != nil {
			return false
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		return err == nil && string(text) == "a bundle"
	}
	require.True(t, found())
	end()
	require.False(t, found())
	port, err := strconv.ParseUint(address[len("127.0.0.1:"):], 10, 16)
	require.NoError(t, err)
	settings.Port = uint16(port)
	_, end = serving(t, settings)
	defer end()
	require.Eventually(t, found, time.Minute, 50*time.Millisecond)

	// and another devproxy's offer of the same port does without it
	other := newRunner(t, nil)
	other.ctx, other.cfg.Store = ctx, r.cfg.Store
	second, err := other.reachStore(t.Context(), engine)
	require.NoError(t, err)
	defer func() { other.offered.close() }()
	assert.NotEqual(t, environment["AT"], second["AT"])
	assert.True(t, found())
}

// Interface guards
var _ Store = shelf{}
