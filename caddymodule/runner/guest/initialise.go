package guest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Exports of an engine that is not initialised. componentize-js calls them in
// this order, with the first two in wizer, which snapshots what they leave.
const (
	startExport = "_initialize"
	initExport  = "componentize.wizer"
	checkExport = "check_init"
)

// initializerFile is where the engine finds the JavaScript that joins the
// handler to its interface.
const initializerFile = "initializer.js"

// initialise evaluates the handler's module in a new instance of p and takes
// the state that it is in then. The error is an *[InitError] when the module
// is at fault.
func (b *base) initialise(p *program, s Source) (image, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), initTimeout, timeoutError(initTimeout))
	defer cancel()
	r := newRun(p, noHost{}, Limits{Timeout: initTimeout, MemoryBytes: defaultMemory})
	ctx = context.WithValue(ctx, runKey{}, r)
	var printed printout
	instance, err := r.instantiate(ctx, b.initConfig(s, &printed))
	if err != nil {
		return image{}, misfit(err)
	}
	defer instance.Close(context.WithoutCancel(ctx))
	r.memory = guestMemory{Memory: instance.Memory(), allocator: instance.ExportedFunction(allocatorExport), ctx: ctx}
	for _, name := range []string{startExport, initExport} {
		if _, err := callExport(ctx, instance, name); err != nil {
			return image{}, r.initError(ctx, s, err, printed.String())
		}
	}
	taken, err := snapshot(instance, b.globals)
	if err != nil {
		return image{}, err
	}
	taken.clocks = b.start.clocks
	return taken, checkInit(ctx, r, instance, s, &printed)
}

// checkInit asks the engine whether the handler has what the world exports.
func checkInit(ctx context.Context, r *run, instance api.Module, s Source, printed *printout) error {
	result, err := callExport(ctx, instance, checkExport)
	if err != nil {
		return r.initError(ctx, s, err, printed.String())
	}
	if len(result) == 1 && result[0] != 0 {
		return r.initError(ctx, s, errNoExports, printed.String())
	}
	return nil
}

var errNoExports = errors.New("the module does not export what the world asks for")

func callExport(ctx context.Context, instance api.Module, name string) ([]uint64, error) {
	function := instance.ExportedFunction(name)
	if function == nil {
		return nil, misfit(fmt.Errorf("it does not export %s", name))
	}
	return function.Call(ctx)
}

// initConfig gives the engine what it has inside componentize-js: two files,
// arguments as its input, the interface in its environment.
func (b *base) initConfig(s Source, printed *printout) wazero.ModuleConfig {
	files := fstest.MapFS{
		initializerFile: &fstest.MapFile{Data: refusingWraps(b.spliced.Initializer)},
		s.Name:          &fstest.MapFile{Data: s.JS},
	}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().
		WithSysWalltime().WithSysNanotime().WithRandSource(randomness).
		WithStdin(strings.NewReader(fmt.Sprintf("--initializer-script-path /%s --strip-path-prefix / %s", initializerFile, s.Name))).
		WithStdout(printed).WithStderr(printed).
		WithFSConfig(wazero.NewFSConfig().WithFSMount(files, "/"))
	env := maps.Clone(b.spliced.Environment)
	env["DEBUG"], env["SOURCE_NAME"], env["FEATURE_CLOCKS"] = "", s.Name, ""
	if !s.Strict || s.Build.Has("clocks") {
		env["FEATURE_CLOCKS"] = "1"
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		config = config.WithEnv(name, env[name])
	}
	return config
}

// narrowing begins the initializer's conversion to the 16 bits of a status.
const narrowing = "function toUint16(val) {"

// refusingWraps has a handler trap whose status does not fit, where JavaScript
// would take it modulo 65536 and make a good status of 65736.
func refusingWraps(initializer []byte) []byte {
	const check = narrowing + " if (val < 0 || val > 65535) throw new RangeError(`${val} is no status`);"
	return bytes.Replace(initializer, []byte(narrowing), []byte(check), 1)
}

// printout is what a module prints while it is loaded, up to mostPrinted bytes;
// the rest is dropped.
type printout struct{ bytes.Buffer }

const mostPrinted = 256 << 10

// Write implements io.Writer.
func (p *printout) Write(b []byte) (int, error) {
	left := max(0, mostPrinted-p.Len())
	_, _ = p.Buffer.Write(b[:min(left, len(b))]) // it has no errors
	return len(b), nil
}

// noHost is the host at a time when production has none either.
type noHost struct{}

// Call implements Host.
func (noHost) Call(_ context.Context, call Call) (any, error) {
	return nil, fmt.Errorf("calling %v while the module is loaded: the runner answers only inside handler; call it there", call.Import)
}

// Interface guards.
var (
	_ Host      = noHost{}
	_ io.Writer = (*printout)(nil)
)
