package watch

import (
	"path"
	"strings"
)

// alwaysIgnored says that a name is never of interest to a build: version
// control's own, installed packages, and what editors leave for a moment next
// to the file they save.
func alwaysIgnored(name string) bool {
	switch name {
	case ".git", ".hg", ".svn", "node_modules", ".DS_Store", "4913":
		return true
	}
	return strings.HasSuffix(name, "~") || // vim, emacs, gedit: backup
		strings.HasPrefix(name, ".#") || // emacs: lock
		(len(name) > 2 && name[0] == '#' && name[len(name)-1] == '#') || // emacs: autosave
		strings.HasSuffix(name, "___jb_tmp___") || strings.HasSuffix(name, "___jb_old___") ||
		isVimSwap(name)
}

func isVimSwap(name string) bool {
	swap, err := path.Match(".*.sw[pxon]", name)
	return err == nil && swap
}
