package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nobody is the user that owns nothing.
const nobody = 65534

// inNamespace has cmd run in a user namespace of its own, where it counts as
// root.
func inNamespace(cmd *exec.Cmd, flags uintptr) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | flags,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	return cmd
}

// needsNamespace skips where setup, a line of shell, does not work in one.
func needsNamespace(t *testing.T, flags uintptr, setup string) {
	t.Helper()
	if out, err := inNamespace(exec.Command("sh", "-ec", setup), flags).CombinedOutput(); err != nil {
		unavailable(t, fmt.Sprintf("this system gives no user namespace in which %q works: %v %s", setup, err, out))
	}
}

// after is devproxy, started by a shell that does setup first.
func (w *workbench) after(setup, program string) *exec.Cmd {
	return exec.Command("sh", "-ec", setup+"\nexec \"$@\"", "sh", program, "up", "--port", "0", "--extension", w.dir)
}

func (w *workbench) start(cmd *exec.Cmd) {
	w.t.Helper()
	w.started = startWithin(w.t, startLimit, cmd)
}

func TestLoop_polls_when_the_system_gives_64_watches(t *testing.T) {
	const few = "echo 64 > /proc/sys/user/max_inotify_watches"
	needsNamespace(t, 0, few)
	w := newExtension(t)
	for i := range 100 {
		w.save(fmt.Sprintf("ui/many/%d/a.txt", i), "one")
	}
	w.start(inNamespace(w.after(few, binary(t)), 0))
	w.waitForHandlers(t)
	w.says("watch_limit", "sysctl fs.inotify.max_user_watches")
	assert.Equal(t, "polling", w.status().Watch)
	w.saveUI("ui-1")
	w.saveHandler("handler-1")
	w.serves("ui-1", "handler-1")
	w.save("ui/many/99/a.txt", "two")
	require.Eventually(t, func() bool { return w.asset(anyHash, "many/99/a.txt").body == "two" }, paintLimit, paintLimit/1000)
	assert.Equal(t, 1, strings.Count(w.output.String(), "watch_limit"), "it is said once")
}

func TestLoop_goes_on_from_memory_while_the_disk_is_full(t *testing.T) {
	state := shortFolder(t)
	small := "mount -t tmpfs -o size=256m tmpfs '" + state + "'"
	needsNamespace(t, syscall.CLONE_NEWNS, small)
	w := newExtension(t)
	before := w.files()
	w.start(inNamespace(w.after(small+"\n"+stateIn(state), binary(t)), syscall.CLONE_NEWNS))
	w.waitForHandlers(t)
	w.serves("ui-0", "handler-0")

	// the mount is seen through the process that lives in its namespace
	inside := filepath.Join("/proc", fmt.Sprint(w.cmd.Process.Pid), "root", state)
	filler := filepath.Join(inside, "filler")
	fill(t, filler)
	big := strings.Repeat("unlike any other line\n", 10_000)
	w.save("ui/big.txt", big)
	w.saveUI("ui-1")
	w.says("publish_failed")
	require.Eventually(t, func() bool { return strings.Contains(w.asset(anyHash, "main.js").body, "ui-1") }, paintLimit, paintLimit/1000, "saves are shown all the same")

	require.NoError(t, os.Remove(filler))
	w.saveUI("ui-2")
	w.saveHandler("handler-2")
	w.serves("ui-2", "handler-2")
	before["ui/big.txt"] = big
	for _, name := range []string{"ui/version.ts", "src/version.ts"} {
		before[name] = w.files()[name]
	}
	assert.Equal(t, before, w.files(), "nothing is written to the tree")
}

// stateIn is a line of shell that has devproxy keep its state in dir.
func stateIn(dir string) string {
	return "mkdir '" + dir + "/tmp'; export XDG_STATE_HOME='" + dir + "' TMPDIR='" + dir + "/tmp'"
}

// fill leaves no room on the disk that file lies on.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	require.NoError(t, err)
	defer f.Close()
	for chunk := make([]byte, 1<<16); ; {
		if _, err := f.Write(chunk); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			return
		}
	}
}

func TestLoop_leaves_a_folder_alone_that_it_may_not_read(t *testing.T) {
	if os.Getuid() != 0 {
		unavailable(t, "only root can give folders to others")
	}
	w := newExtension(t)
	w.save(".gitignore", "data\n")
	for _, name := range []string{"data", "locked"} {
		w.save(name+"/secret", "one")
		require.NoError(t, os.Chmod(w.path(name), 0o700))
	}
	program := filepath.Join(filepath.Dir(w.dir), "devproxy")
	content, err := os.ReadFile(binary(t))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, content, 0o755))
	// the packages of the example may lie where only root gets
	require.NoError(t, os.Remove(w.path("node_modules")))
	require.NoError(t, os.Chmod(filepath.Dir(w.dir), 0o755))
	before := w.files()

	own := filepath.Join(filepath.Dir(w.dir), "state")
	require.NoError(t, os.Mkdir(own, 0o700))
	require.NoError(t, os.Chown(own, nobody, nobody))
	cmd := w.after(stateIn(own)+" HOME='"+own+"' XDG_CACHE_HOME='"+own+"'", program)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	w.start(cmd)
	w.says("watch_unreadable", filepath.Join(w.dir, "locked"))
	assert.NotContains(t, w.output.String(), filepath.Join(w.dir, "data"), "what is ignored is not even looked at")
	w.saveUI("ui-1")
	require.Eventually(t, func() bool { return strings.Contains(w.asset(anyHash, "main.js").body, "ui-1") }, paintLimit, paintLimit/1000)
	before["ui/version.ts"] = w.files()["ui/version.ts"]
	assert.Equal(t, before, w.files())
}
