package runner

import (
	"context"
	"crypto/sha256"
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

// script is a handler's source that was loaded, and how.
type script struct {
	content [sha256.Size]byte
	strict  bool
	program guest.Program
}

// loadScript gives the program of the bundle's script. The engine remembers
// scripts by content, and reading one costs next to nothing. What ran before
// runs on when its interface or its packages are gone, as they are while a
// folder is moved or npm installs anew.
func (p *programs) loadScript(ctx context.Context, bundle Bundle) (guest.Program, error) {
	file, err := bundle.Files.Open(scriptFile)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", scriptFile, err)
	}
	defer file.Close()
	content, err := readBounded(file, scriptFile, maxScriptBytes)
	if err != nil {
		return nil, err
	}
	now := script{content: sha256.Sum256(content), strict: bundle.FromSource.Strict}
	now.program, err = p.engine.LoadSource(ctx, guest.Source{
		JS: content, Name: path.Base(scriptFile), Build: bundle.FromSource.Build, Strict: now.strict,
	})
	if err == nil {
		p.ran.Add(bundle.Dir, now)
		return now.program, nil
	}
	before, ok := p.ran.Get(bundle.Dir)
	if unavailable := (*source.UnavailableError)(nil); ok && errors.As(err, &unavailable) && before.content == now.content && before.strict == now.strict {
		return before.program, nil
	}
	return nil, fmt.Errorf("loading %s: %w", scriptFile, err)
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
