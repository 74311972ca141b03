package guest

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/headroom"
)

// CodeMemory names a [MemoryError].
const CodeMemory = "memory_low"

// MemoryError says that a handler was not compiled, or not even read, since the
// process would not have survived it.
type MemoryError struct {
	Room   headroom.Room // what was found
	Doing  string        // what needs the memory: "compiling the handler"
	Needed uint64        // bytes
}

func (e *MemoryError) Error() string {
	return fmt.Sprintf("%s needs about %d MiB of memory, and %s", e.Doing, e.Needed>>20, Left(e.Room))
}

// Left tells of a room in words that go on a sentence.
func Left(r headroom.Room) string {
	of := map[headroom.Bound]string{
		headroom.AddressSpace: "the limit of the address space (ulimit -v)",
		headroom.Group:        "the limit of the control group (" + r.Where + ")",
		headroom.Machine:      "the machine's memory",
	}
	return fmt.Sprintf("%d MiB of %d MiB are left of %s", r.Bytes>>20, r.Limit>>20, of[r.Bound])
}

// Fix says what to do.
func (e *MemoryError) Fix() string { return MoreRoom(e.Room.Bound) }

// MoreRoom says what gives a process more memory.
func MoreRoom(bound headroom.Bound) string {
	raise := map[headroom.Bound]string{
		headroom.AddressSpace: "raise the limit with 'ulimit -v unlimited' before the start",
		headroom.Group:        "raise the memory limit of the container or unit that this runs in",
		headroom.Machine:      "end other programs or add swap",
	}
	return raise[bound] + ", or have another backend execute handlers, as with 'devproxy use docker'"
}

// What a compile takes, by the size of the module. A componentize-js engine of
// 9 MB takes 350 MB of memory and 375 MB of addresses to compile, and 90 and
// 115 MB to come from the cache. wazero's interpreter would need as much. The
// base is what the rest of the process may need meanwhile.
const (
	baseNeed     = 32 << 20
	compileTimes = 39
	cachedTimes  = 10
	// readTimes is what a component takes to be read, by its own size: it is
	// rewritten, and its data copied.
	readTimes = 3
)

// NeededToCompile is what a handler of componentize-js takes the first time.
const NeededToCompile uint64 = baseNeed + compileTimes*engineSize

// demand is memory, and what for.
type demand struct {
	doing string // as in [MemoryError]
	bytes uint64
}

func toCompile(size int) demand {
	return demand{"compiling the handler", baseNeed + compileTimes*uint64(size)} //nolint:gosec // a size is not negative
}

// toFetch is what a module takes whose machine code is in the cache.
func toFetch(size int) demand {
	return demand{"loading the compiled handler", baseNeed + cachedTimes*uint64(size)} //nolint:gosec // a size is not negative
}

func toRead(size int) demand {
	return demand{"reading the handler", readTimes * uint64(size)} //nolint:gosec // a size is not negative
}

// space lets compiles begin for which there is room. Those at the same time
// share it; one that would not fit beside the others waits for them.
type space struct {
	cacheDir string
	look     func() (headroom.Room, bool)

	mu       sync.Mutex
	ended    *sync.Cond
	promised uint64
}

func newSpace(cacheDir string) *space {
	s := &space{cacheDir: cacheDir, look: headroom.Look}
	s.ended = sync.NewCond(&s.mu)
	return s
}

// enter waits until module can be compiled, or gives a *MemoryError. leave
// must be called after it, and told whether the machine code is in the cache now.
func (s *space) enter(module []byte) (leave func(kept bool), err error) {
	mark := s.mark(module)
	need := toCompile(len(module))
	if _, err := os.Stat(mark); mark != "" && err == nil {
		need = toFetch(len(module))
	}
	if err := s.promise(need); err != nil {
		return nil, err
	}
	return func(kept bool) {
		s.keep(need)
		if mark != "" && kept {
			_ = os.WriteFile(mark, nil, 0o600) // without it the next start asks for more than it needs
		}
	}, nil
}

// check is enter for what needs memory only for a moment.
func (s *space) check(need demand) error {
	err := s.promise(need)
	if err == nil {
		s.keep(need)
	}
	return err
}

// keep ends a promise.
func (s *space) keep(need demand) {
	s.mu.Lock()
	s.promised -= need.bytes
	s.mu.Unlock()
	s.ended.Broadcast()
}

// promise waits until there is room for need beside what is promised.
func (s *space) promise(need demand) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		room, known := s.look()
		if known && room.Bytes < need.bytes+s.promised {
			debug.FreeOSMemory()
			room, known = s.look()
		}
		switch {
		case !known || room.Bytes >= need.bytes+s.promised:
			s.promised += need.bytes
			return nil
		case s.promised == 0:
			return &MemoryError{Room: room, Doing: need.doing, Needed: need.bytes}
		}
		s.ended.Wait()
	}
}

// mark is the file that says that machine code of module is in the cache; ""
// without a cache. wazero keeps code for itself only, by its version.
func (s *space) mark(module []byte) string {
	if s.cacheDir == "" {
		return ""
	}
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/tetratelabs/wazero" {
				version = dep.Version
			}
		}
	}
	return filepath.Join(s.cacheDir, fmt.Sprintf("compiled-%s-%x", cmp.Or(version, "unknown"), sha256.Sum256(module)))
}
