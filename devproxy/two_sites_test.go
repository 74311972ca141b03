package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of several sites, people are sent to the one with the runner: by the start,
// the status and the dashboard alike.
func TestUp_with_two_sites_names_the_one_with_the_runner(t *testing.T) {
	first, err := freePort()
	require.NoError(t, err)
	second, err := freePort()
	require.NoError(t, err)
	ports := []string{strconv.Itoa(first), strconv.Itoa(second)}
	slices.Sort(ports) // as addresses are
	const block = "\n\tbind 127.0.0.1\n\t%s\n}\n"
	for name, c := range map[string]struct{ caddyfile, want string }{
		"on two ports": {
			fmt.Sprintf("http://localhost:%s {"+block+"http://localhost:%s {"+block, ports[0], "respond other", ports[1], "runner"),
			"http://localhost:" + ports[1],
		},
		"on one port, under two names": {
			fmt.Sprintf("http://localhost:%s {"+block+"http://app.localhost:%s {"+block, ports[1], "respond other", ports[1], "handle {\n\t\trunner\n\t}"),
			"http://app.localhost:" + ports[1],
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := filepath.Join(t.TempDir(), "Caddyfile")
			require.NoError(t, os.WriteFile(config, []byte("{\n\trunner\n}\n"+c.caddyfile), 0o600))
			s := startWithin(t, startLimit, exec.Command(binary(t), "up", "--config", config))
			assert.Equal(t, c.want, s.url, "the start")
			assert.Contains(t, s.run(t, "status", "--json"), `"url":"`+c.want+`"`, "the status")
			address, err := url.Parse(s.dashboard(t))
			require.NoError(t, err)
			assert.Contains(t, policyOf(t, address.Scheme+"://"+address.Host+address.Path), "frame-src 'self' "+c.want+";", "the dashboard shows extensions from there")
		})
	}
}

func policyOf(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get(address)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.Header.Get("Content-Security-Policy")
}
