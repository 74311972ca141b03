package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/compose/docker"
)

// ward is a folder with state of its own, in which a fault is provoked.
type ward struct {
	t          *testing.T
	dir, state string
	env        []string
	shell      string               // runs before doctor, in the same shell
	attributes *syscall.SysProcAttr // such as namespaces
	args       []string             // of doctor, besides those of a call
	program    func(testing.TB) string
}

// newWard writes an extension without a handler.
func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{t: t, dir: uiOnly(t), state: shortFolder(t), program: binary}
	w.env = append(os.Environ(), "XDG_STATE_HOME="+w.state, "CI=")
	return w
}

func (w *ward) write(name, content string) {
	w.t.Helper()
	require.NoError(w.t, os.MkdirAll(filepath.Dir(filepath.Join(w.dir, name)), 0o755))
	require.NoError(w.t, os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o644))
}

// at is where write puts a file.
func (w *ward) at(name string) string { return filepath.Join(w.dir, name) }

func (w *ward) project() project {
	w.t.Helper()
	w.t.Setenv("XDG_STATE_HOME", w.state)
	p, err := newProject(w.dir)
	require.NoError(w.t, err)
	return p
}

// doctor examines the folder; the exit code must fit what it says.
func (w *ward) doctor(args ...string) []finding {
	w.t.Helper()
	args = append(slices.Clone(w.args), args...)
	args = append([]string{"-c", w.shell + "\nexec \"$0\" \"$@\"", w.program(w.t), "doctor", "--json"}, args...)
	if !slices.Contains(args, "--port") {
		args = append(args, "--port", "0")
	}
	cmd := exec.CommandContext(w.t.Context(), "/bin/sh", args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = w.dir, w.env, w.attributes
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if cmd.ProcessState == nil && w.attributes != nil {
		unavailable(w.t, "this system gives no namespaces: "+err.Error())
	}
	var d diagnosis
	require.NoError(w.t, json.Unmarshal(out, &d), "%v: %s%s", err, out, &stderr)
	assert.Equal(w.t, 1, d.V)
	exit := new(exec.ExitError)
	if d.OK {
		assert.NoError(w.t, err)
	} else if assert.ErrorAs(w.t, err, &exit) {
		assert.Equal(w.t, exitFailure, exit.ExitCode())
	}
	return d.Findings
}

// named is the finding with that code, which must be there.
func named(t *testing.T, list []finding, code string) finding {
	t.Helper()
	at := slices.IndexFunc(list, func(f finding) bool { return f.Code == code })
	require.GreaterOrEqual(t, at, 0, "no %s among %+v", code, list)
	f := list[at]
	assert.NotEmpty(t, f.Check)
	assert.NotEmpty(t, f.Cause)
	assert.NotEmpty(t, f.Fix, "%+v", f)
	return f
}

// mends checks that --dry-run names the repair and leaves the fault, that
// --fix mends it, and that nothing is left to mend.
func (w *ward) mends(code string) {
	w.t.Helper()
	before := named(w.t, w.doctor("--fix", "--dry-run"), code)
	assert.NotEmpty(w.t, before.Repair)
	assert.NotEqual(w.t, stateFixed, before.State)
	assert.Equal(w.t, stateFixed, named(w.t, w.doctor("--fix"), code).State)
	w.lacks(code)
}

// lacks checks that nothing is found any more.
func (w *ward) lacks(code string) {
	w.t.Helper()
	for _, f := range w.doctor() {
		assert.NotEqual(w.t, code, f.Code, "it is mended: %+v", f)
	}
}

// follow does in a shell what the fix says first, up to a semicolon.
func (w *ward) follow(f finding) {
	w.t.Helper()
	command, _, _ := strings.Cut(f.Fix, ";")
	cmd := exec.CommandContext(w.t.Context(), "/bin/sh", "-ec", command)
	cmd.Dir, cmd.Env = w.dir, w.env
	out, err := cmd.CombinedOutput()
	require.NoError(w.t, err, "%s: %s", command, out)
}

// namespace lets the shell that runs before doctor change limits and mounts.
func (w *ward) namespace(flags uintptr) {
	w.attributes = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | flags,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
}

// about is what the check of that name found.
func (w *ward) about(check string) finding {
	w.t.Helper()
	list := w.doctor()
	at := slices.IndexFunc(list, func(f finding) bool { return f.Check == check })
	require.GreaterOrEqual(w.t, at, 0)
	return list[at]
}

// withRunnerImage makes the image that `up --backend docker` would.
func (w *ward) withRunnerImage(engine *docker.Engine, program string) {
	w.t.Helper()
	content, err := os.ReadFile(program)
	require.NoError(w.t, err)
	tag := "devproxy-runner:" + w.project().instance()
	_, err = engine.BuildFromBinary(w.t.Context(), tag, map[string]docker.File{image.Path: {Content: content, Mode: 0o755}}, docker.Config{Entrypoint: image.Entrypoint()})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = engine.RemoveImage(context.Background(), tag) })
}
