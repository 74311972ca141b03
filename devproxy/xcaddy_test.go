package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestXcaddy_builds_a_Caddy_with_just_our_module runs what an operator gets:
// a stock Caddy, our module, and JSON or a Caddyfile.
func TestXcaddy_builds_a_Caddy_with_just_our_module(t *testing.T) {
	caddy := filepath.Join(t.TempDir(), "caddy")
	args := []string{"build", "-tags", buildTags, "-o", caddy}
	if hasRaceDetector() {
		args = append(args, "-race") // the packages are compiled that way already
	}
	out, err := exec.Command("go", append(args, "../examples/xcaddy")...).CombinedOutput()
	require.NoError(t, err, string(out))

	modules, err := exec.Command(caddy, "list-modules").Output()
	require.NoError(t, err)
	for _, id := range []string{"runner", "http.handlers.runner", "http.handlers.runner_gateway", "http.reverse_proxy.upstreams.runner", "admin.api.runner"} {
		assert.Contains(t, string(modules), "\n"+id+"\n")
	}
	valid, err := exec.Command(caddy, "validate", "--config", "../Caddyfile").CombinedOutput()
	assert.NoError(t, err, "the Caddyfile's variables have defaults: %s", valid)

	config, err := os.ReadFile("../examples/json/caddy.json")
	require.NoError(t, err)
	port, err := freePort()
	require.NoError(t, err)
	origin := "127.0.0.1:" + strconv.Itoa(port)
	file := filepath.Join(t.TempDir(), "caddy.json")
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(config), "127.0.0.1:3000", origin)), 0o644))

	log := &transcript{}
	cmd := exec.Command(caddy, "run", "--config", file)
	cmd.Dir = ".." // the config names a folder of the repository
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+t.TempDir())
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })

	require.EventuallyWithT(t, func(c *assert.CollectT) {
		res, err := http.Get("http://" + origin + "/__runner/extensions")
		if !assert.NoError(c, err) {
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		assert.NoError(c, err)
		assert.Contains(c, string(body), `"id":"acme.hello"`)
	}, startLimit, 50*time.Millisecond, "%s", log)
	code, page := fetch(t, "http://"+origin+"/")
	assert.Equal(t, 200, code)
	assert.Contains(t, page, "<title>Example host")

	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	assert.NoError(t, <-exited)
}
