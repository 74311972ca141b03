package watch

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

const gitignoreName = ".gitignore"

// rules decide which paths are ignored. The one whose word counts most comes
// first: what is always ignored, the caller's patterns, the .gitignore files
// from the innermost folder out, those above the root.
type rules struct {
	root   string
	caller patterns
	docker *dockerignore       // nil: git's rules
	inner  map[string]patterns // by folder
	outer  []outerRules        // innermost first
}

// outerRules are those of a folder above the root.
type outerRules struct {
	patterns patterns
	prefix   string // from that folder to the root, with slashes: "ext/hello/"
}

// newRules reads what counts for the whole tree; the rules of a folder are read
// on entering it. With an error the rules are those without the file it names.
func newRules(o Options) (*rules, error) {
	r := &rules{root: o.Root, inner: map[string]patterns{}}
	r.caller = parseGitignore(strings.Join(o.Ignore, "\n"))
	if !o.UseDockerignore {
		r.outer = readOuter(o.Root)
		return r, nil
	}
	var err error
	r.docker, err = readDockerignore(o.Root)
	return r, err
}

// readOuter goes up to the top of the repository; without a repository
// nothing above the root counts.
func readOuter(root string) (list []outerRules) {
	dir, prefix := root, ""
	for !exists(filepath.Join(dir, ".git")) {
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil
		}
		prefix = filepath.Base(dir) + "/" + prefix
		dir = parent
		if p := readPatterns(filepath.Join(dir, gitignoreName)); len(p) > 0 {
			list = append(list, outerRules{p, prefix})
		}
	}
	if p := readPatterns(filepath.Join(dir, ".git", "info", "exclude")); len(p) > 0 {
		list = append(list, outerRules{p, prefix})
	}
	return list
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}

// readPatterns takes a file that cannot be read for an empty one, as git does.
func readPatterns(file string) patterns {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return parseGitignore(string(content))
}

// enter reads the rules of a folder of the tree.
func (r *rules) enter(dir string) {
	if r.docker != nil {
		return
	}
	delete(r.inner, dir)
	if p := readPatterns(filepath.Join(r.root, filepath.FromSlash(dir), gitignoreName)); len(p) > 0 {
		r.inner[dir] = p
	}
}

// isRuleFile says that a change of this file changes the rules.
func (r *rules) isRuleFile(rel string) bool {
	if r.docker != nil {
		return rel == dockerignoreName
	}
	return path.Base(rel) == gitignoreName
}

// ignored decides about a path whose folders are not ignored.
func (r *rules) ignored(rel string, dir bool) bool {
	if alwaysIgnored(path.Base(rel)) {
		return true
	}
	if ignored, decided := r.caller.match(rel, dir); decided {
		return ignored
	}
	if r.isRuleFile(rel) {
		return false
	}
	if r.docker != nil {
		return r.docker.ignored(rel, dir)
	}
	return r.ignoredByGit(rel, dir)
}

func (r *rules) ignoredByGit(rel string, dir bool) bool {
	for folder := path.Dir(rel); ; folder = path.Dir(folder) {
		if ignored, decided := r.inner[folder].match(below(folder, rel), dir); decided {
			return ignored
		}
		if folder == top {
			break
		}
	}
	for _, o := range r.outer {
		if ignored, decided := o.patterns.match(o.prefix+rel, dir); decided {
			return ignored
		}
	}
	return false
}

// below makes a path relative to a folder that it is in.
func below(folder, rel string) string {
	if folder == top {
		return rel
	}
	return rel[len(folder)+1:]
}

// hidden says that a path or one of the folders it is in is ignored.
func (r *rules) hidden(rel string, dir bool) bool {
	for i, c := range rel {
		if c == '/' && r.ignored(rel[:i], true) {
			return true
		}
	}
	return r.ignored(rel, dir)
}
