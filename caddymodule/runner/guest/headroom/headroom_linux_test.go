package headroom

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// group writes files of a control group.
func group(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
}

func TestGroup_takes_the_tightest_of_those_around_the_process(t *testing.T) {
	h := groups2
	h.root = t.TempDir()
	group(t, filepath.Join(h.root, "user.slice"), map[string]string{
		"memory.max": "1000\n", "memory.current": "900\n", "memory.stat": "anon 500\ninactive_file 300\n",
	})
	group(t, filepath.Join(h.root, "user.slice/one.scope"), map[string]string{"memory.max": "max\n", "memory.current": "5\n"})
	room, known := h.tightest("/user.slice/one.scope")
	assert.True(t, known)
	assert.Equal(t, Room{Bound: Group, Bytes: 1000 - (900 - 300), Limit: 1000, Where: filepath.Join(h.root, "user.slice/memory.max")}, room)

	group(t, filepath.Join(h.root, "user.slice/one.scope"), map[string]string{"memory.max": "50\n", "memory.current": "60\n"})
	room, known = h.tightest("/user.slice/one.scope")
	assert.True(t, known)
	assert.Zero(t, room.Bytes, "more is used than may be")
}

func TestGroup_counts_pages_of_files_as_free_however_often_they_are_read(t *testing.T) {
	for name, c := range map[string]struct {
		h     hierarchy
		files map[string]string
		free  int
	}{
		"version 1": {groups1, map[string]string{
			"memory.limit_in_bytes": "1000\n", "memory.usage_in_bytes": "900\n",
			"memory.stat": "inactive_file 1\nactive_file 2\ntotal_inactive_file 300\ntotal_active_file 400\n",
		}, 100 + 300 + 400},
		"version 2": {groups2, map[string]string{
			"memory.max": "1000\n", "memory.current": "900\n",
			"memory.stat": "anon 180\nfile 700\ninactive_file 300\nactive_file 400\nslab_reclaimable 20\nslab 25\n",
		}, 100 + 300 + 400 + 20},
		"more than is used": {groups2, map[string]string{
			"memory.max": "1000\n", "memory.current": "900\n", "memory.stat": "inactive_file 800\nactive_file 400\n",
		}, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			c.h.root = t.TempDir()
			group(t, c.h.root, c.files)
			room, known := c.h.tightest("/")
			assert.True(t, known)
			assert.EqualValues(t, c.free, room.Bytes)
		})
	}
}

func TestGroup_of_a_container_that_cannot_see_its_own_is_the_root(t *testing.T) {
	h := groups2
	h.root = t.TempDir()
	group(t, h.root, map[string]string{"memory.max": "100\n", "memory.current": "60\n"})
	room, known := h.tightest("/docker/0123")
	assert.True(t, known)
	assert.EqualValues(t, 40, room.Bytes)
}

func TestGroup_without_a_limit_is_none(t *testing.T) {
	h := groups1
	h.root = t.TempDir()
	group(t, h.root, map[string]string{"memory.limit_in_bytes": "9223372036854771712\n", "memory.usage_in_bytes": "60\n"})
	_, known := h.tightest("/")
	assert.False(t, known)
}

func TestMembership_finds_who_counts_memory(t *testing.T) {
	for text, want := range map[string]string{
		"0::/user.slice/one.scope\n": "memory.max /user.slice/one.scope",
		"0::/\n":                     "memory.max /",
		"3:cpu:/a\n2:memory:/docker/1:2\n0::/b\n":       "memory.limit_in_bytes /docker/1:2",
		"1:name=systemd:/init\n0::/../../other.scope\n": "memory.max /../../other.scope",
		"": "memory.max /",
		"garbage\n0::/x y\n12:pids:/z\n1:name=systemd:/docker/memory": "memory.max /x y",
	} {
		h, group := membership(text)
		assert.Equal(t, want, h.limit+" "+group, "%q", text)
	}
}

// told has the test binary print its room: as it is, or within half of it.
const told, asItIs, halved = "HEADROOM_TEST_TELL", "as it is", "halved"

func TestMain(m *testing.M) {
	how := os.Getenv(told)
	if how == "" {
		os.Exit(m.Run())
	}
	if how == halved {
		halve()
	}
	room, known := Look()
	if known {
		_, _ = os.Stdout.WriteString(string(room.Bound))
	}
}

// halve bounds the addresses more tightly than anything on this machine, be it
// small or large, bounds the process.
func halve() {
	left := uint64(1 << 30)
	if room, known := Look(); known {
		left = room.Bytes / 2
	}
	used, _ := addresses()
	limit := syscall.Rlimit{Cur: used + left, Max: ^uint64(0)}
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &now); err == nil {
		limit.Max = now.Max
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		panic(err)
	}
}

func TestLook_finds_the_limit_of_the_address_space(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	tell := func(how string) string {
		cmd := exec.Command("sh", "-ec", "ulimit -Sv unlimited; exec \"$@\"", "sh", self)
		cmd.Env = append(os.Environ(), told+"="+how)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return strings.TrimSpace(string(out))
	}
	assert.Equal(t, string(AddressSpace), tell(halved))
	assert.NotContains(t, tell(asItIs), AddressSpace)
}
