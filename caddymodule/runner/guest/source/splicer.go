package source

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing/fstest"

	"github.com/tetratelabs/wazero"
)

// Splicer fits engines to interfaces. It is safe for concurrent use.
type Splicer struct {
	compiled wazero.CompilationCache
	dir      string
	digests  digests
}

// NewSplicer returns a Splicer that keeps its results in the folder dir, 10 MB
// for each interface and version of componentize-js, and the splicer's machine
// code in compiled. An empty dir keeps nothing.
func NewSplicer(compiled wazero.CompilationCache, dir string) *Splicer {
	if dir != "" {
		dir = filepath.Join(dir, "spliced")
	}
	return &Splicer{compiled: compiled, dir: dir}
}

// Inputs are everything that decides what a fitted engine is.
type Inputs struct {
	// Key is the same for equal inputs, and for no others.
	Key   Digest
	build Build
	wit   fstest.MapFS
}

// Spliced is an engine fitted to an interface.
type Spliced struct {
	// Core is the engine, not initialised yet.
	Core []byte
	// Initializer is JavaScript that joins the handler to the interface.
	Initializer []byte
	// Environment tells the engine how the functions of the interface lie.
	Environment map[string]string
}

// formatVersion changes when the same inputs give another result.
const formatVersion = "devproxy spliced engine 1\n"

// Read reads the inputs of a build. It is fast when they were read before.
// The error is an *[UnavailableError].
func (s *Splicer) Read(b Build) (Inputs, error) {
	wit, err := readInterface(b.WIT)
	if err != nil {
		return Inputs{}, err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s%q %q\n", formatVersion, b.Toolchain.Version, b.World)
	for _, blob := range []string{b.Toolchain.splicer(), b.Toolchain.engine()} {
		digest, err := s.digests.of(blob)
		if err != nil {
			return Inputs{}, unreadable(blob, err)
		}
		sum.Write(digest[:])
	}
	for _, name := range slices.Sorted(maps.Keys(wit)) {
		fmt.Fprintf(sum, "%q %d\n", name, len(wit[name].Data))
		sum.Write(wit[name].Data)
	}
	return Inputs{Key: Digest(sum.Sum(nil)), build: b, wit: wit}, nil
}

// Kept says that Splice would find the engine in the cache.
func (s *Splicer) Kept(in Inputs) bool {
	if s.dir == "" {
		return false
	}
	_, err := os.Stat(s.file(in.Key))
	return err == nil
}

// Splice gives the engine for in, from the cache when it is there: that takes
// about 10 ms, fitting it one to four seconds. The error is an
// *[UnavailableError], or that ctx ended.
func (s *Splicer) Splice(ctx context.Context, in Inputs) (*Spliced, error) {
	if kept := s.load(in.Key); kept != nil {
		return kept, nil
	}
	spliced, err := s.run(ctx, in)
	if err != nil {
		return nil, err
	}
	// A cache that cannot be written only costs the next start its time.
	_ = s.store(in.Key, spliced)
	return spliced, nil
}
