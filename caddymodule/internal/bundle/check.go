package bundle

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// Codes of the problems that [Check] finds.
const (
	codeTypeRefused  = "asset_type_refused"
	codePathRefused  = "asset_path_refused"
	codeTooLarge     = "asset_too_large"
	codeNoIndex      = "ui_index_missing"
	codeNameClash    = "asset_name_clash"
	codeUndeclared   = "capability_undeclared"
	codeNotInspected = "asset_unreadable"
)

// Expectations are what [Check] holds a bundle's files against.
type Expectations struct {
	// UI says that the manifest declares one.
	UI bool
	// Capabilities are those of the manifest, as written there.
	Capabilities []string
	// Imports are what the handler can call, if that is known.
	Imports []guest.Import
	// MaxFileBytes bounds a file below ui/ in production
	// (EXT_STATIC_MAX_FILE_BYTES). Zero: no bound.
	MaxFileBytes int64
}

// Check says what of files works here and not on the platform's own runner:
// files that it refuses to serve or loses on the way, and capabilities that it
// will not grant. files is a bundle's, or a working tree. The problems are in
// the order of their paths; those of the manifest come first.
func Check(files fs.FS, expect Expectations) []event.Problem {
	c := &check{expect: expect, files: files, folded: map[string]string{}}
	c.capabilities()
	assets := 0
	_ = fs.WalkDir(files, "ui", func(name string, entry fs.DirEntry, err error) error {
		assets++
		return c.visit(name, entry, err)
	})
	if expect.UI || assets > 1 { // the folder itself is one
		c.index()
	}
	return c.problems
}

type check struct {
	expect   Expectations
	files    fs.FS
	folded   map[string]string // paths without case, to how they are written
	problems []event.Problem
}

func (c *check) add(code, file, fix, format string, args ...any) {
	c.problems = append(c.problems, event.Problem{Code: code, File: file, Message: fmt.Sprintf(format, args...), Fix: fix})
}

func (c *check) index() {
	info, err := fs.Stat(c.files, "ui/index.html")
	if err == nil && info.Mode().IsRegular() {
		return
	}
	c.add(codeNoIndex, "ui/index.html", "let the UI's build write ui/index.html, whatever ui.entry in manifest.json says",
		"it does not exist, and hosts open nothing else")
}

// visit looks at one path below ui/. It always goes on.
func (c *check) visit(name string, entry fs.DirEntry, err error) error {
	switch {
	case isGone(err):
		return nil
	case err != nil && utf8.ValidString(name):
		c.add(codeNotInspected, name, "make it readable", "it cannot be read: %v", err)
		return nil
	}
	base := path.Base(name)
	if reason, fix := refusedName(base); reason != "" {
		c.add(codePathRefused, strings.ToValidUTF8(name, "\uFFFD"), fix, "%s", reason)
		if entry.IsDir() {
			return fs.SkipDir // one word about a folder is enough
		}
		return nil
	}
	c.clash(name)
	if !entry.IsDir() {
		c.file(name, entry)
	}
	return nil
}

func (c *check) file(name string, entry fs.DirEntry) {
	if ext := path.Ext(name); ext != "" && !served[strings.ToLower(ext)] {
		c.add(codeTypeRefused, name, fixOfType(ext), "the platform's runner refuses %s files with 400", ext)
	}
	info, err := entry.Info()
	if limit := c.expect.MaxFileBytes; err == nil && limit > 0 && info.Size() > limit {
		c.add(codeTooLarge, name, "make it smaller, or raise EXT_STATIC_MAX_FILE_BYTES where the extension will run",
			"it has %d bytes, and production serves %d at most", info.Size(), limit)
	}
}

// clash finds names that are one on systems that ignore case.
func (c *check) clash(name string) {
	folded := strings.ToLower(name)
	if first, ok := c.folded[folded]; ok {
		c.add(codeNameClash, name, "rename one of them", "it differs from %s only in case; where the file system ignores case, one of them is lost", first)
		return
	}
	c.folded[folded] = name
}
