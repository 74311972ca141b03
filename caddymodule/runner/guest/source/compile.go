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
// finds it.
func Compile(ctx context.Context, runtime wazero.Runtime, module []byte) (wazero.CompiledModule, error) {
	compiled, err := runtime.CompileModule(ctx, module)
	if err != nil && isFile(err) {
		return runtime.CompileModule(ctx, module)
	}
	return compiled, err
}

func isFile(err error) bool {
	var path *fs.PathError
	var link *os.LinkError
	return errors.As(err, &path) || errors.As(err, &link)
}
