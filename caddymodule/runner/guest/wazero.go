package guest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/tetratelabs/wazero"
	"golang.org/x/sync/singleflight"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// Options configure NewWazero. The zero value works and compiles anew in
// every process.
type Options struct {
	// CacheDir keeps compiled code between processes, about 50 MB for each
	// JavaScript engine and interface; it is created. Empty keeps none.
	CacheDir string
	// CompileWorkers is how many goroutines one compile may use; zero means
	// one per CPU, at most four.
	CompileWorkers int
	// Programs is how many loaded components are remembered; zero means 16.
	// A Program that is still held works on after it has been forgotten.
	Programs int
}

// Defaults of Options and Limits.
const (
	defaultPrograms  = 16
	defaultMemory    = 256 << 20
	mostWorkers      = 4
	bytesPerPage     = 64 << 10
	handlerExport    = "handler"
	allocatorExport  = "cabi_realloc"
	memoryExport     = "memory"
	extensionPackage = "alga:extension"
)

// wazeroEngine is the Engine on wazero. It runs a component's main core
// module directly and implements the canonical ABI itself.
type wazeroEngine struct {
	options   Options
	cache     wazero.CompilationCache
	runtimes  runtimes
	templates *templates
	programs  *lru.Cache[contentHash, *program]
	loads     singleflight.Group
	splicer   *source.Splicer
	bases     *bases
	space     *space

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup // loads and runs under way
	runs   atomic.Int64   // the runs of them
}

var errClosed = errors.New("the guest engine is closed")

// ErrCompiling says that nothing but the compilation of handlers is under way,
// which nothing can cut short.
var ErrCompiling = errors.New("a handler is still being compiled")

// NewWazero returns an engine that needs no C code. Machine code is used
// where the platform allows it, else wazero's interpreter. The error is that
// CacheDir cannot be used. Close ends the engine.
func NewWazero(_ context.Context, options Options) (Engine, error) {
	if options.CompileWorkers <= 0 {
		options.CompileWorkers = min(runtime.NumCPU(), mostWorkers)
	}
	if options.Programs <= 0 {
		options.Programs = defaultPrograms
	}
	cache, err := openCache(options.CacheDir)
	if err != nil {
		return nil, err
	}
	programs, err := lru.New[contentHash, *program](options.Programs)
	if err != nil {
		return nil, fmt.Errorf("remembering programs: %w", err)
	}
	e := &wazeroEngine{options: options, cache: cache, programs: programs, templates: &templates{}}
	e.runtimes.cache = cache
	e.splicer = source.NewSplicer(cache, options.CacheDir)
	e.bases = newBases(e)
	e.space = newSpace(options.CacheDir)
	return e, nil
}

func openCache(dir string) (wazero.CompilationCache, error) {
	if dir == "" {
		return wazero.NewCompilationCache(), nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the compile cache %s: %w; check that the directory is writable", dir, err)
	}
	return cache, nil
}

// enter notes a piece of work that Close waits for.
func (e *wazeroEngine) enter() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errClosed
	}
	e.work.Add(1)
	return nil
}

// Close refuses new work, waits for what is under way and frees all compiled
// code. When ctx ends first, nothing is freed and its error is returned, as an
// [ErrCompiling] where no guest runs; Close may be called again.
func (e *wazeroEngine) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		e.work.Wait()
	}()
	select {
	case <-idle:
	case <-ctx.Done():
		if e.runs.Load() == 0 {
			return fmt.Errorf("%w: %w", ErrCompiling, context.Cause(ctx))
		}
		return fmt.Errorf("waiting for guests to end: %w", context.Cause(ctx))
	}
	e.programs.Purge()
	e.bases.known.Purge()
	return errors.Join(e.runtimes.close(ctx), e.cache.Close(ctx))
}

// Interface guard.
var _ Engine = (*wazeroEngine)(nil)
