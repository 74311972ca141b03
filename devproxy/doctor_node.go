package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
	"github.com/same-origin/devproxy/compose/expression"
)

// oldestNode is the first major version that the packages of handlers run on.
const oldestNode = 20

// versionLimit bounds `node --version`.
const versionLimit = 10 * time.Second

// npmProject is an extension with npm packages.
type npmProject struct {
	dir    string
	needed []string // dependencies, those for development included
}

// npmProjects are the extensions that have a package.json.
func (p *patient) npmProjects() (list []npmProject) {
	for _, dir := range p.extensions {
		text, err := os.ReadFile(filepath.Join(dir, "package.json"))
		if err != nil {
			continue
		}
		var about struct{ Dependencies, DevDependencies map[string]string }
		if json.Unmarshal(text, &about) != nil {
			continue // the build names the place
		}
		list = append(list, npmProject{dir, append(sortedKeys(about.Dependencies), sortedKeys(about.DevDependencies)...)})
	}
	return list
}

// checkNode looks for Node and npm where an extension is built with them.
func checkNode(ctx context.Context, p *patient) []finding {
	if len(p.npmProjects()) == 0 {
		return skipped("no extension here has a package.json")
	}
	node, err := versionOf(ctx, "node")
	if err != nil {
		return []finding{{State: stateWrong, Code: "node_missing", Cause: "Node is not there, and extensions here are built with it", Evidence: err.Error(),
			Fix: fmt.Sprintf("install Node %d or later: https://nodejs.org", oldestNode)}}
	}
	if major(node) < oldestNode {
		return []finding{{State: stateWrong, Code: "node_old", Cause: fmt.Sprintf("Node is older than %d", oldestNode), Evidence: "node --version says " + node,
			Fix: fmt.Sprintf("install Node %d or later: https://nodejs.org", oldestNode)}}
	}
	npm, err := versionOf(ctx, "npm")
	if err != nil {
		return []finding{{State: stateWrong, Code: "npm_missing", Cause: "npm is not there, and extensions here are built with it", Evidence: err.Error(),
			Fix: "install npm; it comes with Node from https://nodejs.org, and is a package of its own in some distributions"}}
	}
	return fine("Node %s, npm %s", node, npm)
}

// versionOf runs PROGRAM --version.
func versionOf(ctx context.Context, program string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}

var majorVersion = expression.WhenNeeded(`^v?(\d+)`)

// major is 0 where the text is no version.
func major(version string) int {
	m := majorVersion().FindStringSubmatch(version)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // digits, by the expression
	return n
}

const componentize = "@bytecodealliance/componentize-js"

// checkPackages looks whether what package.json asks for is installed, and
// whether source mode knows the engine among it.
func checkPackages(_ context.Context, p *patient) []finding {
	projects := p.npmProjects()
	if len(projects) == 0 {
		return skipped("no extension here has a package.json")
	}
	var found []finding
	for _, project := range projects {
		if missing := project.missing(); len(missing) > 0 {
			found = append(found, project.absent(missing))
			continue
		}
		var unavailable *source.UnavailableError
		if _, err := source.Find(project.dir); errors.As(err, &unavailable) && project.needs(componentize) {
			found = append(found, finding{State: stateWarning, Code: "componentize_untested", Cause: "handlers cannot run from their source, so each save takes a build",
				Evidence: unavailable.Reason, Fix: "npm install --save-dev --save-exact " + componentize + "@0.19.3"})
		}
	}
	if len(found) > 0 {
		return found
	}
	return fine("the packages of %d extension(s) are installed", len(projects))
}

func (n npmProject) needs(name string) bool {
	return strings.Contains("\n"+strings.Join(n.needed, "\n")+"\n", "\n"+name+"\n")
}

// missing are the packages in no node_modules of the folder or above.
func (n npmProject) missing() (names []string) {
	for _, name := range n.needed {
		if !installed(n.dir, name) {
			names = append(names, name)
		}
	}
	return names
}

func installed(dir, name string) bool {
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "node_modules", filepath.FromSlash(name), "package.json")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// absent offers `npm ci` where it can do no harm: there is a lockfile, and
// nothing is installed that it would replace. Nobody's scripts are run.
func (n npmProject) absent(missing []string) finding {
	f := finding{State: stateWrong, Code: "packages_missing", Cause: "npm packages of " + relative(n.dir) + " are not installed",
		Evidence: "missing: " + strings.Join(missing, ", "), Fix: "run npm ci, or npm install, in " + relative(n.dir)}
	_, noLock := os.Stat(filepath.Join(n.dir, "package-lock.json"))
	_, noModules := os.Stat(filepath.Join(n.dir, "node_modules"))
	if noLock == nil && errors.Is(noModules, os.ErrNotExist) {
		f.Repair = "run npm ci --ignore-scripts in " + relative(n.dir)
		f.repair = func(ctx context.Context) error { return install(ctx, n.dir) }
	}
	return f
}

func install(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-progress", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running npm ci: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
