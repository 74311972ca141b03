package engine

import (
	"bytes"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestToken_that_others_may_read_is_warned_of_once(t *testing.T) {
	for name, c := range map[string]struct {
		url, token string
		warnings   int
	}{
		"another machine":     {"http://192.0.2.1:8080", "hunter2", 1},
		"another name":        {"http://runner:8080", "hunter2", 1},
		"over https":          {"https://192.0.2.1:8080", "hunter2", 0},
		"without a token":     {"http://192.0.2.1:8080", "", 0},
		"this machine":        {"http://127.0.0.1:1", "hunter2", 0},
		"this machine, IPv6":  {"http://[::1]:1", "hunter2", 0},
		"this machine's name": {"http://Localhost.:1", "hunter2", 0},
		"a name of localhost": {"http://runner.localhost:1", "hunter2", 0},
	} {
		t.Run(name, func(t *testing.T) {
			e, s := newEngine(t), settings(t)
			var logged bytes.Buffer
			e.SetLogger(slog.New(slog.NewTextHandler(&logged, nil)))
			base, err := url.Parse(c.url)
			require.NoError(t, err)
			s.Backends["far"] = backend.Config{Name: "far", Kind: backend.URL, BaseURL: base, ServiceToken: c.token}
			require.NoError(t, e.Apply(s))
			s.Hold = time.Second
			require.NoError(t, e.Apply(s))
			s.Backends = map[string]backend.Config{"embedded": s.Backends["embedded"], "far": {Name: "far", Kind: backend.URL, BaseURL: base, ServiceToken: c.token, KeepAlive: time.Minute}}
			require.NoError(t, e.Apply(s), "another backend at the same address")
			next := *base
			next.Host = net.JoinHostPort(base.Hostname(), "9090")
			s.Backends = map[string]backend.Config{"embedded": s.Backends["embedded"], "far": {Name: "far", Kind: backend.URL, BaseURL: &next, ServiceToken: c.token}}
			require.NoError(t, e.Apply(s), "a generation has a port of its own")
			require.NoError(t, e.Close()) // nobody else writes from here on
			assert.Equal(t, c.warnings, strings.Count(logged.String(), codeTokenInClear), logged.String())
			assert.NotContains(t, logged.String(), "hunter2")
		})
	}
}

// leading is a way through a docker-runner.
type leading struct {
	net.Dialer
	service *url.URL
}

func (l *leading) Service() *url.URL { return l.service }

func TestToken_that_goes_through_a_docker_runner_is_warned_of_by_that_ones_address(t *testing.T) {
	for address, warns := range map[string]bool{"http://build.example:7071": true, "https://build.example": false, "http://127.0.0.1:7071": false} {
		e := newEngine(t)
		var logged bytes.Buffer
		e.SetLogger(slog.New(slog.NewTextHandler(&logged, nil)))
		service, err := url.Parse(address)
		require.NoError(t, err)
		for _, generation := range []string{"0a1b2c3d4e5f:8080", "f5e4d3c2b1a0:8080"} {
			e.warnOfClear(backend.New(backend.Config{
				Name: "docker", Kind: backend.Docker, BaseURL: &url.URL{Scheme: "http", Host: generation}, Dialer: &leading{service: service}, ServiceToken: "hunter2",
			}))
		}
		require.NoError(t, e.Close())
		if !warns {
			assert.Empty(t, logged.String(), address)
			continue
		}
		assert.Equal(t, 1, strings.Count(logged.String(), codeTokenInClear), logged.String())
		assert.Contains(t, logged.String(), "build.example")
		assert.NotContains(t, logged.String(), "0a1b2c3d4e5f")
	}
}
