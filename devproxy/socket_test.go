//go:build unix

package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deep has a state folder whose name is too long for a socket's, and a
// temporary folder of its own.
func deep(t *testing.T) (temporary string) {
	t.Helper()
	temporary = shortFolder(t)
	t.Setenv("XDG_STATE_HOME", filepath.Join(t.TempDir(), strings.Repeat("deep", 30)))
	t.Setenv("TMPDIR", temporary)
	return temporary
}

// launched is devproxy with that state, once it has printed its URL.
func launched(t *testing.T) *started {
	t.Helper()
	cmd := exec.Command("sh", "-c", `TMPDIR=$0 exec "$@"`, os.Getenv("TMPDIR"), binary(t), "up", "--port", "0")
	return startIn(t, os.Getenv("XDG_STATE_HOME"), startLimit, cmd)
}

func TestSocket_of_a_deep_state_folder_leaves_nothing_in_the_temporary_one(t *testing.T) {
	temporary := deep(t)
	s := launched(t)
	require.NotEmpty(t, socketFoldersIn(t, temporary), "the test is about these")
	out, err := deeply(s, "status").CombinedOutput()
	require.NoError(t, err, "%s", out)
	_, err = s.interrupt(t)
	require.NoError(t, err)
	assert.Empty(t, filesBelow(t, temporary))
	assert.Empty(t, socketFoldersIn(t, temporary))
}

func TestSocket_of_a_devproxy_that_ends_before_it_serves_leaves_nothing(t *testing.T) {
	temporary := deep(t)
	out, err := exec.Command(binary(t), "up", "--extension", "nowhere").CombinedOutput()
	require.Error(t, err, "%s", out)
	assert.Contains(t, string(out), "extension_not_found")
	assert.Empty(t, socketFoldersIn(t, temporary))
}

func TestSocket_of_a_devproxy_that_was_killed_is_swept_by_the_next(t *testing.T) {
	temporary := deep(t)
	killed := launched(t)
	killed.kill(t)
	left := socketFoldersIn(t, temporary)
	require.NotEmpty(t, left)
	long := time.Now().Add(-2 * forgotten)
	for _, dir := range left {
		for _, file := range filesBelow(t, dir) {
			require.NoError(t, os.Chtimes(file, long, long))
		}
		require.NoError(t, os.Chtimes(dir, long, long))
	}
	alive := filepath.Join(temporary, socketFolders()+"0123456789ab")
	require.NoError(t, os.Mkdir(alive, 0o700))
	listener, err := net.Listen("unix", filepath.Join(alive, "admin.sock"))
	require.NoError(t, err)
	defer listener.Close()
	starting, foreign := filepath.Join(temporary, socketFolders()+"ba9876543210"), filepath.Join(temporary, socketFolders()+"foreign")
	require.NoError(t, os.MkdirAll(starting, 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(foreign, "work"), 0o700))
	for _, dir := range []string{alive, foreign} {
		require.NoError(t, os.Chtimes(dir, long, long))
	}

	t.Setenv("XDG_STATE_HOME", shortFolder(t)) // another project
	next := launched(t)
	assert.EventuallyWithT(t, func(c *assert.CollectT) { // once it is ready
		assert.ElementsMatch(c, []string{alive, starting, foreign}, socketFoldersIn(t, temporary))
	}, startLimit, 10*time.Millisecond)
	_, err = next.interrupt(t)
	require.NoError(t, err)
}

func TestSocket_of_a_devproxy_that_ends_is_not_the_next_ones(t *testing.T) {
	s := startUp(t)
	t.Setenv("XDG_STATE_HOME", s.state)
	p, err := findProject()
	require.NoError(t, err)
	require.FileExists(t, p.AdminSocket())
	require.NoError(t, s.cmd.Process.Signal(os.Interrupt))
	require.Eventually(t, func() bool {
		_, err := os.Lstat(p.AdminSocket())
		return errors.Is(err, fs.ErrNotExist)
	}, startLimit, 10*time.Microsecond, "from then on another one may listen")
	defer listenAt(t, p.AdminSocket()).Close()
	<-s.exited
	assert.FileExists(t, p.AdminSocket())
}

func TestSocket_of_another_devproxy_is_not_taken_for_the_own_one(t *testing.T) {
	p := project{StateDir: shortFolder(t)}
	own := &ownSocket{project: p}
	first := listenAt(t, p.AdminSocket())
	own.note()
	require.NoError(t, first.Close())
	second := listenAt(t, p.AdminSocket())
	defer second.Close()
	own.leave()
	assert.FileExists(t, p.AdminSocket())
	own.note()
	own.leave()
	assert.NoFileExists(t, p.AdminSocket())
}

func TestSocket_of_a_devproxy_in_the_background_keeps_its_folder_while_that_lives(t *testing.T) {
	temporary := deep(t)
	p, err := findProject()
	require.NoError(t, err)
	require.NoError(t, p.MakeState())
	slow := exec.Command("cat")
	stdin, err := slow.StdinPipe()
	require.NoError(t, err)
	ended, err := startFor(p, slow)
	require.NoError(t, err)
	assert.Len(t, socketFoldersIn(t, temporary), 1, "it may begin to listen yet")
	require.NoError(t, stdin.Close())
	require.NoError(t, <-ended)
	assert.Empty(t, socketFoldersIn(t, temporary))
}

func TestSocket_that_somebody_made_just_now_is_not_swept(t *testing.T) {
	socket := filepath.Join(shortFolder(t), "admin.sock")
	listener := listenAt(t, socket)
	listener.SetUnlinkOnClose(false)
	require.NoError(t, listener.Close())
	sweepSocket(socket)
	assert.FileExists(t, socket)
	long := time.Now().Add(-2 * forgotten)
	require.NoError(t, os.Chtimes(socket, long, long))
	sweepSocket(socket)
	assert.NoFileExists(t, socket)
}

func listenAt(t *testing.T, socket string) *net.UnixListener {
	t.Helper()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	require.NoError(t, err)
	return listener
}

// deeply is another command of the same project.
func deeply(s *started, args ...string) *exec.Cmd { return exec.Command(s.cmd.Args[4], args...) }

func socketFoldersIn(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "devproxy-*"))
	require.NoError(t, err)
	return found
}
