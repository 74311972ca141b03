package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// maxScriptBytes bounds what is read as a script; real ones have a few kB.
const maxScriptBytes = 32 << 20

// runsFromSource reports whether the bundle's handler is its script.
func runsFromSource(bundle Bundle) bool {
	return bundle.FromSource != nil && isFile(bundle.Files, scriptFile)
}

func isFile(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular()
}

// loadScript gives the program of the bundle's script. The engine remembers
// scripts by content, and reading one costs next to nothing.
func (p *programs) loadScript(ctx context.Context, bundle Bundle) (guest.Program, error) {
	file, err := bundle.Files.Open(scriptFile)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", scriptFile, err)
	}
	defer file.Close()
	script, err := readBounded(file, scriptFile, maxScriptBytes)
	if err != nil {
		return nil, err
	}
	program, err := p.engine.LoadSource(ctx, guest.Source{
		JS: script, Name: path.Base(scriptFile),
		Build: bundle.FromSource.Build, Strict: bundle.FromSource.Strict,
	})
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", scriptFile, err)
	}
	return program, nil
}

// canFallBack reports whether err says that the script must be built to be
// run, and it is built.
func (p *programs) canFallBack(ctx context.Context, bundle Bundle, err error) bool {
	var unavailable *source.UnavailableError
	if !errors.As(err, &unavailable) || !isFile(bundle.Files, handlerFile) {
		return false
	}
	p.logger.WarnContext(ctx, "running "+handlerFile+" instead of "+scriptFile, "folder", bundle.Dir, "error", err)
	return true
}
