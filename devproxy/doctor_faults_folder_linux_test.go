package main

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const goodManifest = `{"name":"other","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`

// siteOf is a Caddyfile with this in the runner's block.
func siteOf(runner string) string {
	return "{\n\trunner {\n\t\t" + runner + "\n\t}\n}\nhttp://localhost:{$DEVPROXY_PORT} {\n\trunner\n}\n"
}

// What is wrong with the folder of the project and with its state.
var folderFaults = []provoked{
	{
		"config_invalid", stateWrong, `extnsion.* Caddyfile:3`,
		writing("Caddyfile", siteOf("extnsion .")), mending(writing("Caddyfile", siteOf("extension ."))),
	},
	{
		"extension_not_found", stateWrong, `nowhere`,
		func(w *ward) { w.args = []string{"--extension", "nowhere"} }, mending(writing("nowhere/manifest.json", goodManifest)),
	},
	{
		"manifest_missing", stateWrong, `no manifest\.json in .*empty`,
		func(w *ward) { w.write("empty/x", ""); w.args = []string{"--extension", "empty"} }, mending(writing("empty/manifest.json", goodManifest)),
	},
	{
		"state_unwritable", stateWrong, `/devproxy.*: `,
		func(w *ward) { require.NoError(w.t, os.WriteFile(filepath.Join(w.state, "devproxy"), nil, 0o600)) },
		mending(func(w *ward) { require.NoError(w.t, os.Remove(filepath.Join(w.state, "devproxy"))) }),
	},
	{"state_unsafe", stateWrong, `has mode 0777`, openState, func(w *ward, f finding) {
		fix(w, f)
		assert.NoError(w.t, w.project().MakeState(), "'devproxy up' takes it now")
	}},
	{"socket_stale", stateWarning, `nobody listens on .*admin\.sock`, leaveSocket, func(w *ward, f finding) {
		fix(w, f)
		assert.NoFileExists(w.t, w.project().AdminSocket())
	}},
}

func openState(w *ward) {
	p := w.project()
	require.NoError(w.t, p.MakeState())
	require.NoError(w.t, os.Chmod(p.StateDir, 0o777))
}

// leaveSocket does what a devproxy does that is killed.
func leaveSocket(w *ward) {
	p := w.project()
	require.NoError(w.t, p.MakeState())
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.AdminSocket(), Net: "unix"})
	require.NoError(w.t, err)
	listener.SetUnlinkOnClose(false)
	require.NoError(w.t, listener.Close())
	require.FileExists(w.t, p.AdminSocket())
}

// What this machine has too little of.
var machineFaults = []provoked{
	{"disk_low", stateWrong, `MiB left of 1 MiB`, func(w *ward) {
		w.namespace(syscall.CLONE_NEWNS)
		w.shell = "mount -t tmpfs -o size=1m tmpfs '" + w.state + "' || exit 99"
	}, mending(func(w *ward) { w.environ("XDG_STATE_HOME=" + shortFolder(w.t)) })},
	{
		"watch_limit", stateWarning, `after 1 folders: .*max_user_watches`,
		func(w *ward) { w.namespace(0); w.shell = "echo 1 >/proc/sys/user/max_inotify_watches" },
		mending(func(w *ward) { w.shell = "echo 1000 >/proc/sys/user/max_inotify_watches" }),
	},
	{
		"watch_instances", stateWarning, `max_user_instances=\d+`,
		func(w *ward) { w.namespace(0); w.shell = "echo 0 >/proc/sys/user/max_inotify_instances" },
		mending(func(w *ward) { w.shell = "echo 10 >/proc/sys/user/max_inotify_instances" }),
	},
	{
		"open_files_low", stateWrong, `the limit is 64`,
		func(w *ward) { w.shell = "ulimit -n 64" }, mending(func(w *ward) { w.shell = "ulimit -n 1024" }),
	},
	{
		"memory_low", stateWarning, `MiB are left of the limit of the address space \(ulimit -v\), and about 383 MiB are needed`,
		func(w *ward) { w.program, w.shell = plainBinary, "ulimit -Sv 1700000" }, mending(func(w *ward) { w.shell = "ulimit -Sv unlimited" }),
	},
	holdingPort(),
}

// holdingPort frees the port as the one who is named would.
func holdingPort() provoked {
	var listener net.Listener
	return provoked{"port_in_use", stateWrong, `pid ` + strconv.Itoa(os.Getpid()), func(w *ward) {
		var err error
		listener, err = net.Listen("tcp", "127.0.0.1:0")
		require.NoError(w.t, err)
		w.t.Cleanup(func() { _ = listener.Close() })
		w.args = []string{"--port", strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)}
	}, mending(func(w *ward) { require.NoError(w.t, listener.Close()) })}
}
