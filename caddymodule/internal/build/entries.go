package build

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// entry is a script or stylesheet of the UI that esbuild makes.
type entry struct {
	file    string // relative to the extension's folder
	output  string // bundle path, without an extension
	classic bool   // a script that is no module
	style   bool
}

// entriesOf gives what must be made for the pages, each file once, in the
// order of the pages. What a browser can load as it is is left alone.
func entriesOf(dir string, pages []page) (entries []entry) {
	seen := map[string]bool{}
	linked := map[string]bool{}
	for _, p := range pages {
		for _, r := range p.refs {
			linked[r.file] = true
		}
	}
	for _, p := range pages {
		for _, r := range p.refs {
			if seen[r.file] || !isFile(dir, r.file) || !needsMaking(dir, r, p.mapped) {
				continue
			}
			seen[r.file] = true
			e := entry{file: r.file, output: outputOf(r.file), style: r.style, classic: !r.style && !r.module}
			if !r.style && linked[e.output+".css"] {
				// Its own styles must not take the place of a linked stylesheet.
				e.output += ".bundle"
			}
			entries = append(entries, e)
		}
	}
	return entries
}

// outputOf gives the bundle path that a source becomes, without an extension;
// what lies beside ui/ moves into it.
func outputOf(file string) string {
	file = strings.TrimSuffix(file, path.Ext(file))
	if strings.HasPrefix(file, uiFolder+"/") {
		return file
	}
	return uiFolder + "/" + file
}

func needsMaking(dir string, r ref, mapped bool) bool {
	switch {
	case isSource(r.file):
		return true
	case r.style:
		return path.Ext(r.file) == ".css" && importsStyles(dir, r.file)
	case !strings.HasPrefix(r.file, uiFolder+"/"):
		return path.Ext(r.file) == ".js" // it is not in the bundle by itself
	}
	return r.module && importsMore(dir, r.file, mapped, map[string]bool{})
}

var (
	cssImport = expression.WhenNeeded(`@import\s+(?:url\(\s*)?["']?([^"')\s;]+)`)
	jsImport  = expression.WhenNeeded(`(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']`)
)

// importsStyles says that a stylesheet is made of several.
func importsStyles(dir, file string) bool {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
	if err != nil {
		return false
	}
	for _, m := range cssImport().FindAllSubmatch(text, -1) {
		if !remote().Match(m[1]) {
			return true
		}
	}
	return false
}

// importsMore says that a plain module imports, itself or through others, what
// a browser cannot: a package by its name, or a file that is no script.
func importsMore(dir, file string, mapped bool, seen map[string]bool) bool {
	if seen[file] {
		return false
	}
	seen[file] = true
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
	if err != nil {
		return false
	}
	for _, m := range jsImport().FindAllSubmatch(text, -1) {
		name := string(m[1])
		switch {
		case remote().MatchString(name) || strings.HasPrefix(name, "/"):
		case !strings.HasPrefix(name, "."):
			if !mapped {
				return true
			}
		case path.Ext(name) != ".js" && path.Ext(name) != ".mjs":
			return true
		default:
			if importsMore(dir, path.Join(path.Dir(file), name), mapped, seen) {
				return true
			}
		}
	}
	return false
}
