package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/compose/spelling"
)

// templates holds a folder for each, which runs as it stands together with the
// shared one.
//
//go:embed all:templates
var templates embed.FS

const (
	handlerTemplate = "ts-handler"
	composeFiles    = "compose" // what --compose adds
	sharedFiles     = "shared"  // what every template has
)

// templateNames are what `init --template` takes, the default first.
var templateNames = []string{"ui", handlerTemplate}

// What the templates are called, in each of their files.
const (
	placeholderName      = "my-extension"
	placeholderPublisher = "my-company"
)

// newFile is one file to be written; path is relative, with slashes.
type newFile struct {
	path    string
	content []byte
}

func checkTemplate(name string) error {
	if slices.Contains(templateNames, name) {
		return nil
	}
	fix := "write one of " + strings.Join(templateNames, ", ")
	if near := spelling.Nearest(name, templateNames); near != "" {
		fix = "did you mean --template " + near + "?"
	}
	return usageFault("invalid_flag", fix, "there is no template %q", name)
}

// files are those of the template, under the extension's own names.
func (o *initOptions) files() ([]newFile, error) {
	folders := []string{sharedFiles, o.template}
	if o.compose {
		folders = append(folders, composeFiles)
	}
	var files []newFile
	for _, folder := range folders {
		more, err := templateFiles(folder)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	slices.SortFunc(files, func(a, b newFile) int { return strings.Compare(a.path, b.path) })
	names := strings.NewReplacer(placeholderName, o.name, placeholderPublisher, o.publisher)
	for i := range files {
		files[i].content = []byte(names.Replace(string(files[i].content)))
	}
	if o.caddyfile {
		files = append(files, newFile{"Caddyfile", builtinCaddyfile})
	}
	return files, nil
}

func templateFiles(name string) (files []newFile, err error) {
	root := path.Join("templates", name)
	err = fs.WalkDir(templates, root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := templates.ReadFile(file)
		files = append(files, newFile{strings.TrimPrefix(file, root+"/"), content})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading template %s: %w", name, err)
	}
	return files, nil
}

// writeNew writes all of the files, or, where one of them is there already,
// none.
func writeNew(dir string, files []newFile) error {
	if err := noneThere(dir, files); err != nil {
		return err
	}
	for i, f := range files {
		if err := writeOne(filepath.Join(dir, filepath.FromSlash(f.path)), f.content); err != nil {
			for _, written := range files[:i] {
				_ = os.Remove(filepath.Join(dir, filepath.FromSlash(written.path))) // ours, a moment ago
			}
			return &fault{Code: "not_written", Exit: exitFailure, Err: err}
		}
	}
	return nil
}

func noneThere(dir string, files []newFile) error {
	var there []string
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(f.path))); err == nil {
			there = append(there, f.path)
		}
	}
	if len(there) > 0 {
		return usageFault("files_exist", "", "%s has %s already; nothing was written", relative(dir), strings.Join(there, ", "))
	}
	return nil
}

func writeOne(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("making the folder of %s: %w", file, err)
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	_, err = out.Write(content)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}
