package build

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/net/html"

	"github.com/same-origin/devproxy/compose/expression"
)

// page is one HTML file of the UI.
type page struct {
	name string // bundle path, "ui/index.html"
	text []byte
	refs []ref
	// mapped: an import map tells the browser what bare module names mean, so
	// plain scripts need no bundler for them.
	mapped bool
}

// ref is a script or stylesheet of the extension that a page loads.
type ref struct {
	start, end int    // of the whole tag in the page's text
	attribute  string // "src" or "href"
	value      string // as written
	file       string // relative to the extension's folder, with slashes
	line       int
	module     bool // a script of type module
	style      bool
}

// readUI gives the pages below ui/, and the bundle paths of the sources that
// browsers cannot load, both in order of their names. Folders whose names
// begin with a dot, and node_modules, hold none.
func readUI(dir string) (pages []page, sources []string, err error) {
	root := filepath.Join(dir, uiFolder)
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // no UI, or it was taken away meanwhile
		case err != nil:
			return err
		case entry.IsDir() && file != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return fs.SkipDir
		}
		name := uiFolder + filepath.ToSlash(file[len(root):])
		switch {
		case isSource(name):
			sources = append(sources, name)
		case isPage(name) && !entry.IsDir():
			text, err := os.ReadFile(file)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			pages = append(pages, scan(name, text))
			return err
		}
		return nil
	})
	return pages, sources, err
}

// scan finds what a page loads from the extension's own folder.
func scan(name string, text []byte) page {
	p := page{name: name, text: text}
	tokens := html.NewTokenizer(bytes.NewReader(text))
	line, at := 1, 0
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return p
		}
		raw := tokens.Raw()
		begin := at
		at += len(raw)
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			p.tag(tokens, ref{start: begin, end: at, line: line})
		}
		line += bytes.Count(text[begin:at], []byte("\n"))
	}
}

func (p *page) tag(tokens *html.Tokenizer, r ref) {
	name, more := tokens.TagName()
	tag := string(name)
	if tag != "script" && tag != "link" {
		return
	}
	attributes := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		if _, twice := attributes[string(key)]; !twice {
			attributes[string(key)] = string(value)
		}
	}
	kind := strings.ToLower(strings.TrimSpace(attributes["type"]))
	if tag == "script" {
		p.mapped = p.mapped || kind == "importmap"
		r.attribute, r.module = "src", kind == "module"
	} else {
		r.attribute, r.style = "href", true
		if !isStylesheet(attributes["rel"]) {
			return
		}
	}
	r.value = attributes[r.attribute]
	if r.file = p.locate(r.value); r.file != "" {
		p.refs = append(p.refs, r)
	}
}

func isStylesheet(rel string) bool {
	for _, word := range strings.Fields(strings.ToLower(rel)) {
		if word == "stylesheet" {
			return true
		}
	}
	return false
}

var remote = expression.WhenNeeded(`^(?:[a-zA-Z][\w+.-]*:|//|#)`)

// locate gives the file that a reference means, or "" when it lies elsewhere.
// A leading slash means the UI's folder, as it does for Vite.
func (p *page) locate(value string) string {
	value, _, _ = strings.Cut(value, "#")
	value, _, _ = strings.Cut(value, "?")
	if value == "" || remote().MatchString(value) {
		return ""
	}
	file := path.Join(path.Dir(p.name), value)
	if strings.HasPrefix(value, "/") {
		file = path.Join(uiFolder, value)
	}
	if !filepath.IsLocal(filepath.FromSlash(file)) {
		return ""
	}
	return file
}
