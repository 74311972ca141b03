package runner

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/same-origin/devproxy/caddymodule/runner/filetime"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

const (
	programEntries = 16

	// maxHandlerBytes bounds what is read as a handler; real ones have 12 MB.
	maxHandlerBytes = 256 << 20

	// settled is the age from which a file's mtime tells it from later
	// versions. A younger one may be written again within one tick of the
	// file system's clock, so it is read every time.
	settled = 2 * time.Second
)

// programs finds the compiled handler of a bundle without reading 12 MB for
// every request. The engine knows a program by its bytes; this knows it by
// the file they came from.
type programs struct {
	engine guest.Engine
	logger *slog.Logger
	known  *lru.Cache[programKey, loaded]
	adding sync.Mutex                 // held by who adds to known
	ran    *lru.Cache[string, script] // by folder: what it ran last
}

// programKey is the digest of the handler where the bundle knows it, the
// folder of a working tree, so that each build replaces the one before, or
// the hash of sealed content.
type programKey struct{ digest, dir, hash string }

func keyOf(bundle Bundle) programKey {
	if bundle.Digest != nil {
		if digest, known := bundle.Digest(handlerFile); known {
			return programKey{digest: digest}
		}
	}
	if bundle.Live && bundle.Dir != "" {
		return programKey{dir: bundle.Dir}
	}
	return programKey{hash: bundle.Hash}
}

type loaded struct {
	program guest.Program
	info    fs.FileInfo
	settled bool
}

func newPrograms(engine guest.Engine, logger *slog.Logger) *programs {
	known, err := lru.New[programKey, loaded](programEntries)
	if err != nil {
		panic(err) // the size above is positive
	}
	ran, err := lru.New[string, script](programEntries)
	if err != nil {
		panic(err) // likewise
	}
	return &programs{engine: engine, logger: logger, known: known, ran: ran}
}

// load gives the program of the bundle's handler, compiling it if need be.
// The error is a *[guest.UnsupportedError] when the file is no component, a
// *[guest.InitError] when the script does not load.
func (p *programs) load(ctx context.Context, bundle Bundle) (guest.Program, error) {
	if runsFromSource(bundle) {
		program, err := p.loadScript(ctx, bundle)
		if !p.canFallBack(ctx, bundle, err) {
			return program, err
		}
	}
	return p.loadComponent(ctx, bundle)
}

func (p *programs) loadComponent(ctx context.Context, bundle Bundle) (guest.Program, error) {
	key := keyOf(bundle)
	if known, ok := p.known.Get(key); ok && key.digest != "" {
		return known.program, nil
	}
	file, err := bundle.Files.Open(handlerFile)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", handlerFile, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading size of %s: %w", handlerFile, err)
	}
	if known, ok := p.known.Get(key); ok && known.serves(bundle, info) {
		return known.program, nil
	}
	isSettled := filetime.Settled(info, time.Now(), settled)
	component, err := readBounded(file, handlerFile, maxHandlerBytes)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	program, err := p.engine.Load(ctx, component)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", handlerFile, err)
	}
	if p.remember(key, loaded{program, info, isSettled}) {
		p.logger.InfoContext(ctx, "compiled handler", "hash", bundle.Hash, "duration_ms", milliseconds(time.Since(began)))
	}
	return program, nil
}

// remember says whether the program is another one than before: of those who
// waited for one compilation, the first is told so.
func (p *programs) remember(key programKey, made loaded) bool {
	p.adding.Lock()
	defer p.adding.Unlock()
	before, ok := p.known.Peek(key)
	p.known.Add(key, made)
	return !ok || before.program != made.program
}

// serves reports whether l was loaded from the file that info describes.
func (l loaded) serves(bundle Bundle, info fs.FileInfo) bool {
	if !bundle.Live {
		return true
	}
	return l.settled && os.SameFile(l.info, info) && filetime.Same(l.info, info)
}

func readBounded(file io.Reader, name string, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("reading %s: it is larger than %d bytes, which no handler needs to be", name, most)
	}
	return data, nil
}
