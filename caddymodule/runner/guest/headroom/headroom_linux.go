package headroom

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

var looks = []func() (Room, bool){addressSpace, controlGroup, machine}

func addressSpace() (Room, bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit); err != nil || limit.Cur == ^uint64(0) {
		return Room{}, false
	}
	used, known := addresses()
	return Room{Bound: AddressSpace, Bytes: less(limit.Cur, used), Limit: limit.Cur}, known
}

// addresses is how many the process has, in bytes.
func addresses() (used uint64, known bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	size, _, _ := strings.Cut(string(text), " ")
	pages, err := strconv.ParseUint(size, 10, 64)
	return pages * uint64(os.Getpagesize()), err == nil //nolint:gosec // a page is not negative
}

// machine counts swap as well: a compile may use it, slowly.
func machine() (Room, bool) {
	const file = "/proc/meminfo"
	all, known := table(file)
	if !known {
		return Room{}, false
	}
	return Room{
		Bound: Machine, Where: file,
		Bytes: (all["MemAvailable:"] + all["SwapFree:"]) << 10,
		Limit: (all["MemTotal:"] + all["SwapTotal:"]) << 10,
	}, all["MemAvailable:"] > 0
}

// table reads lines of a name and a number.
func table(file string) (values map[string]uint64, known bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	values = map[string]uint64{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 {
			values[fields[0]], _ = strconv.ParseUint(fields[1], 10, 64)
		}
	}
	return values, true
}
