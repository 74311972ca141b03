package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
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

// The state of each fault tells whether the exit code is 1, which the ward
// checks every time.
func TestDoctor_names_each_provoked_fault(t *testing.T) {
	for _, c := range []struct {
		code    string
		state   string
		provoke func(*ward)
		args    []string
	}{
		{"config_invalid", stateWrong, func(w *ward) { w.write("Caddyfile", "{\n\trunner {\n\t\textnsion .\n\t}\n}\n") }, nil},
		{"extension_not_found", stateWrong, func(*ward) {}, []string{"--extension", "nowhere"}},
		{"manifest_missing", stateWrong, func(w *ward) { w.write("empty/x", "") }, []string{"--extension", "empty"}},
		{"state_unwritable", stateWrong, func(w *ward) { require.NoError(w.t, os.WriteFile(filepath.Join(w.state, "devproxy"), nil, 0o600)) }, nil},
		{"disk_low", stateWrong, func(w *ward) {
			w.namespace(syscall.CLONE_NEWNS)
			w.shell = "mount -t tmpfs -o size=1m tmpfs '" + w.state + "' || exit 99"
		}, nil},
		{"watch_limit", stateWarning, func(w *ward) { w.namespace(0); w.shell = "echo 1 >/proc/sys/user/max_inotify_watches" }, nil},
		{"watch_instances", stateWarning, func(w *ward) { w.namespace(0); w.shell = "echo 0 >/proc/sys/user/max_inotify_instances" }, nil},
		{"open_files_low", stateWrong, func(w *ward) { w.shell = "ulimit -n 64" }, nil},
		{"node_missing", stateWrong, func(w *ward) { w.withNode("", "") }, nil},
		{"node_old", stateWrong, func(w *ward) { w.withNode("echo v16.20.2", "echo 8.19.4") }, nil},
		{"npm_missing", stateWrong, func(w *ward) { w.withNode("echo v22.0.0", "") }, nil},
		{"packages_missing", stateWrong, func(w *ward) { w.withNode("echo v22.0.0", "echo 10.0.0") }, nil},
		{"componentize_untested", stateWarning, func(w *ward) {
			w.withNode("echo v22.0.0", "echo 10.0.0")
			w.write("node_modules/"+componentize+"/package.json", `{"version":"0.1.0"}`)
		}, nil},
		{"compose_unknown_key", stateWrong, func(w *ward) { w.write("compose.yml", "services:\n  extension-runner:\n    imge: x\n") }, nil},
		{"env_file_missing", stateWrong, func(w *ward) {
			w.write("compose.yml", "services:\n  extension-runner:\n    image: x\n    env_file: .env.runner\n")
		}, nil},
		{"container_name_fixed", stateWarning, func(w *ward) {
			w.write("compose.yml", "services:\n  extension-runner:\n    image: x\n    container_name: one\n")
		}, nil},
		{"extra_hosts_missing", stateWrong, func(w *ward) {
			w.write("compose.yml", "services:\n  extension-runner:\n    image: x\n    environment:\n      UI_PROXY_BASE_URL: http://host.docker.internal:3000\n")
		}, nil},
		{"engine_unavailable", stateWarning, func(w *ward) { w.env = append(w.env, "DOCKER_HOST=unix:///nowhere.sock") }, nil},
		{"engine_unavailable", stateWrong, func(w *ward) { w.env = append(w.env, "DOCKER_HOST=unix:///nowhere.sock") }, []string{"--backend", "docker"}},
	} {
		t.Run(c.code, func(t *testing.T) {
			w := newWard(t)
			c.provoke(w)
			f := named(t, w.doctor(c.args...), c.code)
			assert.Equal(t, c.state, f.State)
		})
	}
}

// withNode makes the extension one of npm, and gives it a PATH with nothing
// else than these programs.
func (w *ward) withNode(node, npm string) {
	w.t.Helper()
	w.write("package.json", `{"devDependencies":{"`+componentize+`":"*"}}`)
	bin := w.t.TempDir()
	for name, script := range map[string]string{"node": node, "npm": npm} {
		if script != "" {
			require.NoError(w.t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
		}
	}
	w.env = append(w.env, "PATH="+bin)
}

func TestDoctor_names_who_holds_the_port(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	f := named(t, newWard(t).doctor("--port", port), "port_in_use")
	assert.Equal(t, stateWrong, f.State)
	assert.Contains(t, f.Cause, "pid "+strconv.Itoa(os.Getpid()))
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

func TestDoctor_fix_takes_the_state_folder_from_others(t *testing.T) {
	w := newWard(t)
	p := w.project()
	require.NoError(t, p.MakeState())
	require.NoError(t, os.Chmod(p.StateDir, 0o777))
	w.mends("state_unsafe")
	assert.NoError(t, p.MakeState(), "'devproxy up' takes it now")
}

func TestDoctor_fix_removes_the_socket_of_a_killed_devproxy(t *testing.T) {
	w := newWard(t)
	p := w.project()
	require.NoError(t, p.MakeState())
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.AdminSocket(), Net: "unix"})
	require.NoError(t, err)
	listener.SetUnlinkOnClose(false) // as when it is killed
	require.NoError(t, listener.Close())
	require.FileExists(t, p.AdminSocket())
	w.mends("socket_stale")
	assert.NoFileExists(t, p.AdminSocket())
}

func TestDoctor_fix_makes_the_env_file_from_its_example(t *testing.T) {
	w := newWard(t)
	w.write("compose.yml", "services:\n  extension-runner:\n    image: x\n    env_file: .env.runner\n")
	w.write(".env.runner.example", "RUNNER_SERVICE_TOKEN=\n")
	w.mends("env_file_missing")
	assert.FileExists(t, filepath.Join(w.dir, ".env.runner"))
}

func TestDoctor_fix_installs_packages_from_the_lockfile(t *testing.T) {
	hello(t) // or skip: there is no Node
	w := newWard(t)
	w.write("package.json", `{"name":"x","version":"1.0.0","dependencies":{"y":"file:y"}}`)
	w.write("y/package.json", `{"name":"y","version":"1.0.0"}`)
	lock := exec.CommandContext(t.Context(), "npm", "install", "--package-lock-only", "--no-audit", "--no-fund")
	lock.Dir = w.dir
	out, err := lock.CombinedOutput()
	require.NoError(t, err, "%s", out)
	w.mends("packages_missing")
	assert.FileExists(t, filepath.Join(w.dir, "node_modules", "y", "package.json"))
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
