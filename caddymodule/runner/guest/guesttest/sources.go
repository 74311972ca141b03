package guesttest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// sources are the files that decide what is built from them.
type sources struct {
	dir string // testdata/components or testdata/toolchains
	wit string // the interface file of the full world
}

func findSources(name string) (sources, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		return sources{}, fmt.Errorf("finding test sources: this binary was built without file paths (-trimpath)")
	}
	guest := filepath.Dir(filepath.Dir(file))
	return sources{
		dir: filepath.Join(guest, "testdata", name),
		wit: filepath.Join(guest, "..", "..", "..", "examples", "hello", "wit", "extension.wit"),
	}, nil
}

// hash names the directory of built components: any change of a source, of
// the build script or of the lockfile gives another one.
func (s sources) hash() (string, error) {
	files, err := s.list()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, file := range append(files, s.wit) {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("hashing test sources: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n", filepath.Base(file), len(content))
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// list gives the source files in lexical order, without installed packages
// and without what decides nothing.
func (s sources) list() ([]string, error) {
	var files []string
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "node_modules":
			return fs.SkipDir
		case entry.Type().IsRegular() && decidesContent(entry.Name()):
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing test sources: %w", err)
	}
	return files, nil
}

// copyTo puts the sources where npm may install next to them without
// touching the working tree.
func (s sources) copyTo(dir string) error {
	files, err := s.list()
	if err != nil {
		return err
	}
	for _, file := range files {
		relative, err := filepath.Rel(s.dir, file)
		if err != nil {
			return fmt.Errorf("copying %s: %w", file, err)
		}
		if err := copyFile(filepath.Join(dir, relative), file); err != nil {
			return fmt.Errorf("copying %s: %w", file, err)
		}
	}
	return nil
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

func decidesContent(name string) bool {
	return !strings.HasPrefix(name, ".") && filepath.Ext(name) != ".md"
}
