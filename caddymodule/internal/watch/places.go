package watch

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// places gives the paths of the tree that an event's absolute path stands for:
// it may be below the root, below a folder that a link leads to, or a file
// that links lead to. An event of the root, or of a folder it is in, stands
// for the whole tree.
func (t *tree) places(abs string) (list []string) {
	for rel := range t.targets[abs] {
		list = append(list, rel)
	}
	if rel, ok := relative(abs, t.root); ok {
		return append(list, rel)
	}
	if isIn(t.root, abs) || isIn(t.real, abs) {
		return append(list, top)
	}
	for link, real := range t.followed {
		if rel, ok := relative(abs, real); ok {
			list = append(list, path.Join(link, rel))
		}
	}
	return list
}

// concerns says whether an event of a path can mean a change: not where rules
// hide it, nor where it was not known and is gone already.
func (t *tree) concerns(rel string) bool {
	if rel == top {
		return true
	}
	dir := t.dirs[rel]
	if !dir && t.files[rel] == nil {
		info, err := os.Lstat(t.abs(rel))
		if err != nil {
			return false
		}
		dir = info.IsDir()
	}
	return !t.rules.hidden(rel, dir)
}

// inTree gives a path without links the name that its events have.
func (t *tree) inTree(real string) string {
	if rel, ok := relative(real, t.real); ok {
		return t.abs(rel)
	}
	for link, place := range t.followed {
		if rel, ok := relative(real, place); ok {
			return t.abs(path.Join(link, rel))
		}
	}
	return real
}

// relative gives the path below a folder, with slashes.
func relative(abs, dir string) (rel string, ok bool) {
	if !isIn(abs, dir) {
		return "", false
	}
	rel, err := filepath.Rel(dir, abs)
	return filepath.ToSlash(rel), err == nil
}

// isIn says that a path is a folder or below it.
func isIn(abs, dir string) bool {
	if dir == "" || !strings.HasPrefix(abs, dir) {
		return false
	}
	return len(abs) == len(dir) || strings.HasSuffix(dir, string(filepath.Separator)) ||
		abs[len(dir)] == filepath.Separator
}

func overlap(a, b string) bool { return isIn(a, b) || isIn(b, a) }
