package runner

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const (
	bundleTree  = "bundle" // everything but the UI
	uiTree      = "ui"
	readyMarker = ".ready" // in bundleTree, once both trees are complete
)

func isReady(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, bundleTree, readyMarker))
	return err == nil
}

// placeOf gives where an archive's entry belongs among the two trees. It is
// false for names that are not extracted: absolute ones, hidden ones and
// those that could leave the folder. A leading "./", which `tar -C dir .`
// writes, says nothing.
func placeOf(entry string) (string, bool) {
	name := strings.TrimSuffix(strings.TrimPrefix(entry, "./"), "/")
	if !fs.ValidPath(name) || name == "." || strings.ContainsRune(name, '\\') {
		return "", false
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment[0] == '.' {
			return "", false
		}
	}
	return treePath(name), true
}

// treePath gives where the bundle's file name lies below its cache folder.
func treePath(name string) string {
	if name == uiTree || strings.HasPrefix(name, uiTree+"/") {
		return name
	}
	return path.Join(bundleTree, name)
}

// extracted shows the two trees of a cache folder as the bundle that they
// came from. Symbolic links that lead out of the folder are not followed.
type extracted string

// Open implements [fs.FS].
func (dir extracted) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return os.OpenInRoot(string(dir), filepath.FromSlash(treePath(name)))
}

func escapeAll(segments []string) []string {
	escaped := make([]string, len(segments))
	for i, segment := range segments {
		escaped[i] = url.PathEscape(segment)
	}
	return escaped
}

// Interface guard.
var _ fs.FS = extracted("")
