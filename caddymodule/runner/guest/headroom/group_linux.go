package headroom

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// hierarchy is one of the two versions of control groups.
type hierarchy struct {
	root           string
	limit, current string // files of a group
	// reclaimable is what the system takes back before it lacks memory, in
	// memory.stat: pages of files, also of those read more than once, and what
	// it knows of them. Version 1 does not tell of the latter.
	reclaimable []string
}

var (
	groups1 = hierarchy{"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", []string{"total_inactive_file", "total_active_file"}}
	groups2 = hierarchy{"/sys/fs/cgroup", "memory.max", "memory.current", []string{"inactive_file", "active_file", "slab_reclaimable"}}
)

// unlimited is version 1's word for no limit, less what it rounds off.
const unlimited = 1 << 62

// controlGroup gives the tightest of the process's group and those around it.
func controlGroup() (Room, bool) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return Room{}, false
	}
	h, group := membership(string(text))
	return h.tightest(group)
}

// membership reads /proc/self/cgroup: the hierarchy that counts memory, and
// the group within.
func membership(text string) (h hierarchy, group string) {
	h, group = groups2, "/"
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(parts) < 3:
		case parts[1] == "memory":
			return groups1, parts[2]
		case parts[0] == "0":
			group = parts[2]
		}
	}
	return h, group
}

func (h hierarchy) tightest(group string) (tightest Room, known bool) {
	// a container may be told of a group that it cannot see: then the root is its own
	for dir := path.Join("/", group); ; dir = path.Dir(dir) {
		if room, limited := h.room(path.Join(h.root, dir)); limited && (!known || room.Bytes < tightest.Bytes) {
			tightest, known = room, true
		}
		if dir == "/" {
			return tightest, known
		}
	}
}

func (h hierarchy) room(dir string) (Room, bool) {
	limit, ok := number(path.Join(dir, h.limit))
	current, counted := number(path.Join(dir, h.current))
	if !ok || !counted || limit >= unlimited {
		return Room{}, false
	}
	stat, _ := table(path.Join(dir, "memory.stat"))
	for _, name := range h.reclaimable {
		current = less(current, stat[name])
	}
	return Room{
		Bound: Group, Where: path.Join(dir, h.limit), Limit: limit,
		Bytes: less(limit, current),
	}, true
}

// number reads a file that holds one; "max" is none.
func number(file string) (uint64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}
