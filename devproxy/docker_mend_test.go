package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocker_that_could_not_start_serves_with_its_fixed_port_once_it_is_mended_and_restarted(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	p := newComposeProject(t, fmt.Sprintf("    ports: [\"%d:8080\"]\n", port))
	good, err := os.ReadFile(filepath.Join(p.dir, "compose.yml"))
	require.NoError(t, err)
	s := p.up("--backend", "embedded")

	p.write("compose.yml", "services:\n  extension-runner:\n    imge: x\n")
	code, _, errs := command(t, s, "use", "docker")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, errs, `unknown key "imge"`)
	assert.Contains(t, errs, "then run 'devproxy restart'")
	code, _, errs = command(t, s, "restart")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, errs, `unknown key "imge"`, "it was looked at again")

	p.write("compose.yml", string(good))
	code, _, errs = command(t, s, "restart")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, errs, "serving the runner's port")
	require.NoError(t, taken.Close())
	code, out, errs := command(t, s, "restart")
	require.Zero(t, code, "%s\n%s", errs, s.output)
	assert.Equal(t, "generation 1 of extension-runner has the traffic\n", out)
	_, body := fetch(t, fmt.Sprintf("http://127.0.0.1:%d/x", port))
	assert.Contains(t, body, "first ")

	code, _, errs = command(t, s, "use", "docker")
	require.Zero(t, code, errs)
	awaitBuild(t, s, "first")
	code, out, errs = command(t, s, "restart")
	require.Zero(t, code, errs)
	assert.Equal(t, "generation 2 of extension-runner has the traffic\n", out)
	_, body = fetch(t, fmt.Sprintf("http://127.0.0.1:%d/x", port))
	assert.Contains(t, body, "first ", "the port leads to the next one")
	_, err = s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
}

func TestDocker_that_is_used_again_is_tried_again(t *testing.T) {
	p := newComposeProject(t, "")
	good, err := os.ReadFile(filepath.Join(p.dir, "compose.yml"))
	require.NoError(t, err)
	s := p.up("--backend", "embedded")
	p.write("compose.yml", "services: {}\n")
	code, _, _ := command(t, s, "use", "docker")
	assert.Equal(t, exitFailure, code)
	p.write("compose.yml", string(good))
	code, _, errs := command(t, s, "use", "docker")
	require.Zero(t, code, "%s\n%s", errs, s.output)
	awaitBuild(t, s, "first")
}
