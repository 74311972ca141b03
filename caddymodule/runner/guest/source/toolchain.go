package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// packageName is the npm package that holds the engine and the splicer.
const packageName = "@bytecodealliance/componentize-js"

// tested are the versions whose internals this package is known to fit: their
// engines take the same environment, their splicers the same arguments.
var tested = []string{"0.19.3", "0.23.0"}

// artefactFix is what always works instead.
const artefactFix = "build dist/main.wasm, which runs without it"

// Toolchain is an installed componentize-js of a tested version.
type Toolchain struct {
	Dir     string // of the package
	Version string
}

// Find looks for componentize-js in the node_modules of dir and of the
// folders above it, the nearest first. The error is an *[UnavailableError].
func Find(dir string) (Toolchain, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return Toolchain{}, unreadable("finding the extension's folder", err)
	}
	for at := start; ; at = filepath.Dir(at) {
		candidate := filepath.Join(at, "node_modules", filepath.FromSlash(packageName))
		toolchain, err := readToolchain(candidate)
		if !errors.Is(err, fs.ErrNotExist) {
			return toolchain, err
		}
		if at == filepath.Dir(at) {
			return Toolchain{}, &UnavailableError{
				Reason: packageName + " is in no node_modules of " + start + " or above",
				Fix:    "install the extension's npm packages, or " + artefactFix,
			}
		}
	}
}

// readToolchain reads the package in dir; fs.ErrNotExist when there is none.
func readToolchain(dir string) (Toolchain, error) {
	file := filepath.Join(dir, "package.json")
	content, err := os.ReadFile(file)
	if err != nil {
		return Toolchain{}, err
	}
	var about struct{ Version string }
	if err := json.Unmarshal(content, &about); err != nil {
		return Toolchain{}, unreadable(file, err)
	}
	t := Toolchain{Dir: dir, Version: about.Version}
	if !slices.Contains(tested, t.Version) {
		return Toolchain{}, &UnavailableError{
			Reason: fmt.Sprintf("componentize-js %s is not one of the tested versions (%s)", t.Version, strings.Join(tested, ", ")),
			Fix:    "install one of them, or " + artefactFix,
		}
	}
	for _, blob := range []string{t.splicer(), t.engine()} {
		if _, err := os.Stat(blob); err != nil {
			return Toolchain{}, unreadable("a part of componentize-js", err)
		}
	}
	return t, nil
}

func (t Toolchain) splicer() string {
	return filepath.Join(t.Dir, "lib", "spidermonkey-embedding-splicer.core.wasm")
}

func (t Toolchain) engine() string {
	return filepath.Join(t.Dir, "lib", "starlingmonkey_embedding.wasm")
}

func unreadable(what string, err error) *UnavailableError {
	return &UnavailableError{Reason: fmt.Sprintf("reading %s: %v", what, err), Fix: "install the extension's npm packages anew, or " + artefactFix}
}

// Interface guard.
var _ error = (*UnavailableError)(nil)
