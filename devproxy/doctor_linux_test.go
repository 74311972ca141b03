package main

import (
	"net"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDoctor_finds_nothing_wrong_where_all_is_well(t *testing.T) {
	list := newWard(t).doctor()
	assert.Len(t, list, len(checks))
	for _, f := range list {
		assert.Contains(t, []string{stateOK, stateSkipped, stateWarning}, f.State, "%+v", f)
	}
}

func TestDoctor_looks_at_the_ports_that_the_compose_file_publishes(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	w := newWard(t)
	w.write("compose.yml", "services:\n  extension-runner:\n    image: x\n    ports: [\"127.0.0.1:"+port+":8080\"]\n")
	assert.Contains(t, named(t, w.doctor(), "port_in_use").Cause, "port "+port)
}

func TestDoctor_never_replaces_packages_that_are_installed(t *testing.T) {
	w := newWard(t)
	w.withNode("echo v22.0.0", "echo 10.0.0")
	w.write("package-lock.json", "{}")
	w.write("node_modules/other/package.json", "{}")
	f := named(t, w.doctor("--fix"), "packages_missing")
	assert.Empty(t, f.Repair)
	assert.FileExists(t, filepath.Join(w.dir, "node_modules", "other", "package.json"))
}

func TestDoctor_knows_file_systems_without_events(t *testing.T) {
	for kind, remote := range map[string]bool{"nfs": true, "nfs4": true, "fuse.sshfs": true, "v9fs": true, "cifs": true, "ext2/ext3": false, "btrfs": false, "tmpfs": false, "": false} {
		assert.Equal(t, remote, isRemoteKind(kind), kind)
	}
}

func TestDoctor_in_words_names_code_evidence_and_fix(t *testing.T) {
	code, out, _ := inFolder(t, map[string]string{"Caddyfile": "{\n\trunner {\n\t\textnsion .\n\t}\n}\n"}, "doctor", "--port", "0")
	assert.Equal(t, exitFailure, code)
	assert.Regexp(t, `(?m)^wrong +configuration: config_invalid: .*Caddyfile:3`, out)
	assert.Regexp(t, `(?m)^ +fix: correct that line`, out)
	assert.Regexp(t, `\n\d+ wrong, \d+ warnings, 0 fixed, \d+ ok, \d+ skipped\n$`, out)
	assert.NotContains(t, out, "\x1b[", "no terminal, no colours")
}
