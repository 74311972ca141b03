package dockerrunner_test

import (
	"fmt"
	"net/http"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
)

// tunnels are the paths whose connections carry bytes.
var tunnels = []string{"/v1/engine", "/v1/containers/dial", "/v1/listen"}

func dialling(container string, port int) string {
	return fmt.Sprintf("/v1/containers/dial?containerId=%s&port=%d", container, port)
}

// tunnels opens each of them, and has each refused: without an upgrade, where
// streams are off, and by what it leads to. name is a container that listens
// nowhere. It gives a right request of each.
func (d *description) tunnels(r *rig, name string) []exchange {
	right := []exchange{
		{"GET", "/v1/engine", "", 101},
		{"GET", dialling(waiting(r), 7), "", 101},
		{"GET", "/v1/listen?port=0", "", 101},
	}
	off := newRig(r.t, func(s *dockerrunner.Settings) { s.NoStreams = true })
	for _, x := range right {
		require.NoError(d.t, d.request(x.request()))
		d.open(r, x.request())
		plain := x.request()
		plain.change = nil
		d.send(r, plain, http.StatusUpgradeRequired)
		d.send(off, x.request(), http.StatusForbidden)
	}
	d.exchange(r, exchange{"GET", dialling(name, 9), "", 502})
	taken, err := r.client.Listen(r.ctx, 0)
	require.NoError(d.t, err)
	defer taken.Close()
	d.exchange(r, exchange{"GET", fmt.Sprintf("/v1/listen?port=%d", taken.Port), "", 409})
	return right
}

// open checks an answer after which there is no HTTP, and leaves.
func (d *description) open(r *rig, q request) {
	d.t.Helper()
	response := r.send(q)
	defer response.Body.Close()
	require.Equal(d.t, http.StatusSwitchingProtocols, response.StatusCode, q.target)
	d.response(q, response.StatusCode, response.Header, nil)
}
