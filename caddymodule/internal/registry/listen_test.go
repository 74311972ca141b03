package registry

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// waiting is an installation whose look-up takes until it is let go.
type waiting struct {
	Installs
	asked, let chan struct{}
}

func (w waiting) ByHost(string) (Install, bool) {
	close(w.asked)
	<-w.let
	return Install{Tenant: tenant}, true
}

// needsLoopbacks skips the test where only 127.0.0.1 is this machine, as on
// macOS. Under CI=true that is a failure.
func needsLoopbacks(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err == nil {
		listener.Close()
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI=true allows no skip, but 127.0.0.2 cannot be listened on: %v", err)
	}
	t.Skipf("127.0.0.2 cannot be listened on: %v", err)
}

func TestListen_refuses_what_is_no_single_address(t *testing.T) {
	for address, says := range map[string]string{
		"0.0.0.0:0": "every network", "0.0.0.0": "every network", "[::]:80": "every network", "::": "every network", ":8080": "every network",
		"": "every network", "::ffff:0.0.0.0": "every network", "224.0.0.1": "group's", "localhost:80": "no IP address", "127.0.0.1:x": "no IP address",
	} {
		r := New(newShelf(), Options{})
		err := r.Listen(t.Context(), []string{"127.0.0.1:0", address})
		assert.ErrorContains(t, err, says, address)
		assert.Empty(t, r.Addresses())
	}
}

func TestListen_gives_all_addresses_one_port(t *testing.T) {
	needsLoopbacks(t)
	r := New(newShelf(), Options{})
	assert.Nil(t, r.Env("127.0.0.1"), "no port is chosen yet")
	require.NoError(t, r.Listen(t.Context(), []string{"127.0.0.1", "127.0.0.2:0", "127.0.0.1:0"}))
	closeAtEnd(t, r)
	addresses := r.Addresses()
	require.Len(t, addresses, 2)
	assert.Equal(t, addresses[0].Port(), addresses[1].Port())
	for _, address := range addresses {
		env := r.Env(address.Addr().String())
		got := get(t, env["REGISTRY_BASE_URL"]+"/api/installs/lookup-by-host?host=x", "X-Api-Key", env["ALGA_AUTH_KEY"])
		assert.Equal(t, "install_not_found", got.code(t))
		assert.Equal(t, http.StatusOK, get(t, env["BUNDLE_STORE_BASE"]).StatusCode)
	}
}

func TestListen_opens_all_or_nothing(t *testing.T) {
	r := New(newShelf(), Options{})
	err := r.Listen(t.Context(), []string{"127.0.0.1", "192.0.2.1"}) // an address of nobody
	assert.ErrorContains(t, err, "listening on 192.0.2.1")
	assert.Empty(t, r.Addresses())
	closeAtEnd(t, r)
}

func TestSetAddresses_changes_only_what_differs(t *testing.T) {
	needsLoopbacks(t)
	r := started(t, newShelf(), Options{})
	first := r.Addresses()[0]
	require.NoError(t, r.SetAddresses(t.Context(), []string{"127.0.0.1", "127.0.0.3"}))
	assert.Equal(t, []netip.AddrPort{first, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.3"), first.Port())}, r.Addresses())

	require.NoError(t, r.SetAddresses(t.Context(), []string{"127.0.0.3"}))
	_, err := net.Dial("tcp", first.String())
	assert.Error(t, err)
	assert.Equal(t, http.StatusOK, get(t, r.Env("127.0.0.3")["BUNDLE_STORE_BASE"]).StatusCode)

	require.NoError(t, r.SetAddresses(t.Context(), nil))
	assert.Empty(t, r.Addresses())
	assert.Contains(t, r.Env("host.docker.internal")["REGISTRY_BASE_URL"], "http://host.docker.internal:", "the port stays for when the network is back")

	err = r.SetAddresses(t.Context(), []string{"192.0.2.1", "127.0.0.1"})
	assert.ErrorContains(t, err, "192.0.2.1")
	assert.Equal(t, []netip.AddrPort{first}, r.Addresses(), "one that fails does not keep the others away")
}

func TestSetAddresses_takes_another_port_where_the_shared_one_is_taken(t *testing.T) {
	needsLoopbacks(t)
	r := started(t, newShelf(), Options{})
	shared := r.Addresses()[0].Port()
	taken, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.4"), shared)))
	require.NoError(t, err)
	defer taken.Close()
	require.NoError(t, r.SetAddresses(t.Context(), []string{"127.0.0.1", "127.0.0.4"}))
	assert.NotEqual(t, shared, r.Addresses()[1].Port())
	assert.Equal(t, http.StatusOK, get(t, r.Env("127.0.0.4")["BUNDLE_STORE_BASE"]).StatusCode)
	err = r.SetAddresses(t.Context(), []string{"127.0.0.1", taken.Addr().String()})
	assert.ErrorContains(t, err, "address already in use", "a port that was asked for is not replaced")
}

// lookUp sends a request in the background and gives how that ended.
func lookUp(r *Registry) <-chan error {
	ended := make(chan error, 1)
	url := r.Env("127.0.0.1")["REGISTRY_BASE_URL"] + "/api/installs/lookup-by-host?host=x"
	go func() {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err == nil {
			req.Header.Set("X-Api-Key", "key")
			var resp *http.Response
			if resp, err = http.DefaultClient.Do(req); err == nil {
				resp.Body.Close()
			}
		}
		ended <- err
	}()
	return ended
}

func TestClose_lets_requests_end(t *testing.T) {
	installs := waiting{asked: make(chan struct{}), let: make(chan struct{})}
	r := New(installs, known)
	require.NoError(t, r.Listen(t.Context(), []string{"127.0.0.1"}))
	ended := lookUp(r)
	<-installs.asked
	closed := make(chan error, 1)
	go func() { closed <- r.Close(t.Context()) }()
	close(installs.let)
	assert.NoError(t, <-ended)
	assert.NoError(t, <-closed)
	http.DefaultClient.CloseIdleConnections()
	assert.ErrorIs(t, r.SetAddresses(t.Context(), []string{"127.0.0.1"}), errClosed)
	assert.ErrorIs(t, r.Listen(t.Context(), nil), errClosed)
}

func TestClose_cuts_off_what_takes_too_long(t *testing.T) {
	installs := waiting{asked: make(chan struct{}), let: make(chan struct{})}
	r := New(installs, known)
	require.NoError(t, r.Listen(t.Context(), []string{"127.0.0.1"}))
	ended := lookUp(r)
	<-installs.asked
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	assert.ErrorIs(t, r.Close(ctx), context.DeadlineExceeded)
	assert.Error(t, <-ended)
	close(installs.let)
}

func TestEnv_has_what_a_runner_reads(t *testing.T) {
	r := started(t, newShelf(), Options{APIKey: "key", StoreSecret: "a/b c"})
	port := r.Addresses()[0].Port()
	base := "http://host.docker.internal:" + netip.AddrPortFrom(netip.IPv4Unspecified(), port).String()[len("0.0.0.0:"):]
	assert.Equal(t, map[string]string{
		"REGISTRY_BASE_URL": base, "BUNDLE_STORE_BASE": base + "/alga-ext/a%2Fb%20c/", "ALGA_AUTH_KEY": "key",
	}, r.Env("host.docker.internal"))
	assert.Equal(t, http.StatusOK, get(t, r.Env("127.0.0.1")["BUNDLE_STORE_BASE"]).StatusCode)
	assert.Contains(t, r.Env("::1")["REGISTRY_BASE_URL"], "http://[::1]:")
}
