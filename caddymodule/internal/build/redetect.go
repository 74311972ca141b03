package build

import (
	"path"
	"slices"
	"strings"
)

// Redetect says that after a change of path Detect may give another plan:
// settings, a page's entries, or a handler's source that came or went.
func (p Plan) Redetect(name string) bool {
	switch path.Ext(name) {
	case ".html":
		return strings.HasPrefix(name, uiFolder+"/") && p.UI.Kind != Run
	case ".js", ".css":
		return p.UI.Kind == Plain && strings.HasPrefix(name, uiFolder+"/")
	}
	if isSettings(name) {
		return true
	}
	return slices.Contains(handlerEntries, name) && isFile(p.Dir, name) != (name == p.HandlerEntry)
}

// isSettings says that name steers every build.
func isSettings(name string) bool {
	base := path.Base(name)
	if name == "package.json" || strings.HasPrefix(base, "tsconfig") && strings.HasSuffix(base, ".json") {
		return true
	}
	for _, lock := range lockfiles {
		if name == lock.name {
			return true
		}
	}
	return false
}
