package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/docker"
)

// Plan is what the runner's develop.watch asks for when some files have changed.
type Plan struct {
	// Rebuild makes a generation from a new image, or with the new binary. It
	// covers restarts and commands.
	Rebuild bool
	// Sync are the files to bring to their state on this machine, by target; one
	// that is not there is to go from the container, too.
	Sync []docker.Copy
	// Restart makes a generation from the image that runs.
	Restart bool
	// Exec are the commands to run in the container after the sync, in the order
	// of the rules.
	Exec []types.ServiceHook
	// Because are the changed files that the rules are about, in order.
	Because []string
}

// Empty says that the changes are of no interest.
func (p Plan) Empty() bool { return len(p.Because) == 0 }

// Plan says what changed files, by absolute path, ask for. It changes nothing.
func (s *Stack) Plan(changed []string) (Plan, error) {
	var plan Plan
	rules, err := s.rules()
	if err != nil {
		return plan, err
	}
	changed = slices.Compact(slices.Sorted(slices.Values(changed)))
	for _, r := range rules {
		matched := false
		for _, file := range changed {
			if target, ok := r.matches(file); ok {
				matched = true
				plan.add(r, file, target)
			}
		}
		if matched && r.Action == types.WatchActionSyncExec {
			plan.Exec = append(plan.Exec, r.Exec)
		}
	}
	slices.Sort(plan.Because)
	plan.Because = slices.Compact(plan.Because)
	slices.SortStableFunc(plan.Sync, func(a, b docker.Copy) int { return strings.Compare(a.Target, b.Target) })
	plan.Sync = slices.Compact(plan.Sync)
	if plan.Rebuild {
		plan.Restart, plan.Exec = false, nil
	}
	return plan, nil
}

func (p *Plan) add(r rule, file, target string) {
	p.Because = append(p.Because, file)
	switch r.Action {
	case types.WatchActionRebuild:
		p.Rebuild = true
	case types.WatchActionRestart:
		p.Restart = true
	case types.WatchActionSyncRestart:
		p.Restart = true
		p.Sync = append(p.Sync, docker.Copy{Host: file, Target: target})
	case types.WatchActionSync, types.WatchActionSyncExec:
		p.Sync = append(p.Sync, docker.Copy{Host: file, Target: target})
	}
}

// firstFiles are the files that rules with initial_sync are about.
func (s *Stack) firstFiles() ([]docker.Copy, error) {
	rules, err := s.rules()
	if err != nil {
		return nil, err
	}
	var plan Plan
	for _, r := range rules {
		if !r.InitialSync {
			continue
		}
		err := r.walk(func(file, target string) { plan.add(r, file, target) })
		if err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("reading %s for develop.watch: %w", r.Path, err)
		}
	}
	return plan.Sync, nil
}

// walk visits the files that the rule is about.
func (r rule) walk(visit func(file, target string)) error {
	return filepath.WalkDir(r.Path, func(file string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && hides(r.ignore, r.Path, file) && !r.ignore.Exclusions():
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		if target, ok := r.matches(file); ok {
			visit(file, target)
		}
		return nil
	})
}

// folderOf is the folder to watch for a path: a file's own is where it is replaced.
func folderOf(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}
