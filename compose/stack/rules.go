package stack

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/patternmatcher"

	"github.com/same-origin/devproxy/compose/docker"
)

// rule is an entry of the runner's develop.watch.
type rule struct {
	types.Trigger
	ignore, include *patternmatcher.PatternMatcher
	// context keeps out what the build leaves out, as Compose does.
	context *patternmatcher.PatternMatcher
	folder  string // that the context's patterns are relative to
}

// rules reads the entries anew: ignore files may have changed. Their matchers are
// for one goroutine.
func (s *Stack) rules() ([]rule, error) {
	if s.service.Develop == nil {
		return nil, nil
	}
	shared := rule{context: &patternmatcher.PatternMatcher{}}
	if b := s.service.Build; b != nil && filepath.IsAbs(b.Context) {
		var err error
		if shared.context, err = docker.Ignored(*b); err != nil {
			return nil, err
		}
		shared.folder = b.Context
	}
	var list []rule
	for _, trigger := range s.service.Develop.Watch {
		r := shared
		r.Trigger = trigger
		var err error
		if r.ignore, err = patternmatcher.New(trigger.Ignore); err == nil {
			r.include, err = patternmatcher.New(trigger.Include)
		}
		if err != nil {
			return nil, fmt.Errorf("reading develop.watch of service %s: %w", s.Runner, err)
		}
		list = append(list, r)
	}
	return list, nil
}

// matches says whether the rule is about a file of this machine, and what the file
// is called in the container, where the rule says so.
func (r rule) matches(file string) (target string, ok bool) {
	rel, err := filepath.Rel(r.Path, file)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	if hides(r.ignore, r.Path, file) || (len(r.Include) > 0 && !hides(r.include, r.Path, file)) {
		return "", false
	}
	if r.folder != "" && r.folder != file && hides(r.context, r.folder, file) {
		return "", false
	}
	if r.Target == "" {
		return "", true
	}
	return path.Join(r.Target, filepath.ToSlash(rel)), true
}

// hides says whether the patterns, which are relative to dir, match the file.
func hides(patterns *patternmatcher.PatternMatcher, dir, file string) bool {
	rel, err := filepath.Rel(dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return false
	}
	matched, err := patterns.MatchesOrParentMatches(filepath.ToSlash(rel))
	return err == nil && matched
}

// WatchRoots are the folders that the runner's develop.watch is about, none inside
// another; empty without such rules.
func (s *Stack) WatchRoots() []string {
	if s.service.Develop == nil {
		return nil
	}
	var dirs []string
	for _, trigger := range s.service.Develop.Watch {
		dirs = append(dirs, folderOf(trigger.Path))
	}
	slices.Sort(dirs)
	var roots []string
	for _, dir := range dirs {
		if !slices.ContainsFunc(roots, func(root string) bool { return within(root, dir) }) {
			roots = append(roots, dir)
		}
	}
	return roots
}

func within(root, dir string) bool {
	rel, err := filepath.Rel(root, dir)
	return err == nil && filepath.IsLocal(rel)
}
