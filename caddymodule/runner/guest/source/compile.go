package source

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/tetratelabs/wazero"
)

// Compile compiles a module, also where the machine code cannot be kept for the
// next start, as on a full disk: it is in memory by then, where a second try
// finds it. kept is false then.
func Compile(ctx context.Context, runtime wazero.Runtime, module []byte) (compiled wazero.CompiledModule, kept bool, err error) {
	compiled, err = runtime.CompileModule(ctx, module)
	if err != nil && isFile(err) {
		compiled, err = runtime.CompileModule(ctx, module)
		return compiled, false, err
	}
	return compiled, err == nil, err
}

func isFile(err error) bool {
	var path *fs.PathError
	var link *os.LinkError
	return errors.As(err, &path) || errors.As(err, &link)
}
