package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// Overrides are the developer's own words on how an extension is built; what
// is empty is found out.
type Overrides struct {
	Off          bool       // nothing is built, the files on disk are served
	Build        string     // one shell command for both targets
	UI           string     // shell command for the UI
	Handler      string     // shell command for the handler
	HandlerEntry string     // source of the handler, relative to the folder
	Container    *Container // where the commands run; nil for this machine
	Outputs      []string   // what the commands write, relative to the folder; "dist/" always counts
}

// handlerEntries are the sources that a handler is looked for in, in order.
// An index.tsx is left out: that is how user interfaces are called.
var handlerEntries = []string{
	"src/handler.ts", "src/handler.tsx", "src/handler.mts", "src/handler.js", "src/handler.mjs", "src/handler.jsx",
	"src/index.ts", "src/index.mts", "src/index.js", "src/index.mjs",
	"handler.ts", "handler.mts", "handler.js", "handler.mjs",
}

// Detect says how the extension in dir is built: by the commands in o, or else
// by the scripts build:ui, build:handler and build of its package.json, or
// else in process. It reads a few files and runs nothing. A folder without
// sources has a plan too; an error is an [Error] where settings cannot be used.
func Detect(dir string, o Overrides) (Plan, error) {
	dir, err := ownPath(dir)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Dir: dir}
	if o.Off {
		plan.UI.Why, plan.Handler.Why = "build off", "build off"
		return plan, nil
	}
	if plan.HandlerEntry, err = handlerEntry(dir, o); err != nil {
		return Plan{}, err
	}
	pkg, err := readPackage(dir)
	if err != nil {
		return Plan{}, err
	}
	plan.choose(o, pkg)
	if err := plan.contain(o.Container); err != nil {
		return Plan{}, err
	}
	if plan.UI.Kind == Run || plan.Handler.Kind == Run {
		plan.Outputs = outputs(o)
	}
	return plan, nil
}

// ownPath gives the folder's own path, without symbolic links: esbuild names the
// files it reads by theirs.
func ownPath(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("locating the extension %s: %w", dir, err)
	}
	real, err := filepath.EvalSymlinks(absolute)
	if errors.Is(err, fs.ErrNotExist) {
		return absolute, nil // it may come
	}
	if err != nil {
		return "", fmt.Errorf("locating the extension %s: %w; check the folder's permissions", dir, err)
	}
	return real, nil
}

func handlerEntry(dir string, o Overrides) (string, error) {
	if o.HandlerEntry != "" {
		entry := path.Clean(filepath.ToSlash(o.HandlerEntry))
		if !filepath.IsLocal(filepath.FromSlash(entry)) || !isFile(dir, entry) {
			return "", &Error{event.Problem{Code: CodeNoEntry, File: entry, Message: "there is no source of a handler",
				Fix: "create it, or correct `handler` in the extension block of the Caddyfile"}}
		}
		return entry, nil
	}
	for _, entry := range handlerEntries {
		if isFile(dir, entry) {
			return entry, nil
		}
	}
	return "", nil
}

func isFile(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}
