package build

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/compose/expression"
)

// packageFile is what a build needs of a package.json.
type packageFile struct {
	dir            string
	Scripts        map[string]string `json:"scripts"`
	PackageManager string            `json:"packageManager"` // "pnpm@9.1.0", may be empty
}

// readPackage gives the package.json of dir; a folder without one has no
// scripts.
func readPackage(dir string) (packageFile, error) {
	file := filepath.Join(dir, "package.json")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return packageFile{dir: dir}, nil
	}
	if err != nil {
		return packageFile{}, fmt.Errorf("reading %s: %w; check its permissions", file, err)
	}
	pkg := packageFile{dir: dir}
	if err := json.Unmarshal(text, &pkg); err != nil {
		return packageFile{}, &Error{packageProblem(text, err)}
	}
	return pkg, nil
}

// packageProblem says where a package.json is wrong, as far as that is known.
func packageProblem(text []byte, err error) event.Problem {
	p := event.Problem{Code: CodeSettings, File: "package.json", Message: err.Error(),
		Fix: "correct it, or write `build off` into the extension block of the Caddyfile"}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		before := text[:max(0, min(int(syntax.Offset)-1, len(text)))]
		p.Line = 1 + bytes.Count(before, []byte("\n"))
		p.Column = 1 + utf8.RuneCount(before[1+bytes.LastIndexByte(before, '\n'):])
		p.Frame = frame(string(text), p.Line, p.Column)
	}
	return p
}

func (p packageFile) has(script string) bool { return strings.TrimSpace(p.Scripts[script]) != "" }

func (p packageFile) step(script string) Step {
	return Step{Kind: Run, Command: Command{Dir: p.dir, Args: p.run(script)}, Why: "package.json, script " + script}
}

// run gives the words that run a script quietly with the project's package
// manager. Yarn has no flag for that which its versions agree on.
func (p packageFile) run(script string) []string {
	switch p.managerOr("npm") {
	case "pnpm":
		return []string{"pnpm", "--silent", "run", script}
	case "yarn":
		return []string{"yarn", "run", script}
	case "bun":
		return []string{"bun", "run", "--silent", script}
	}
	return []string{"npm", "run", "-s", script}
}

// lockfiles name the package manager of a project.
var lockfiles = []struct{ name, manager string }{
	{"package-lock.json", "npm"}, {"npm-shrinkwrap.json", "npm"}, {"pnpm-lock.yaml", "pnpm"},
	{"yarn.lock", "yarn"}, {"bun.lock", "bun"}, {"bun.lockb", "bun"},
}

// manager looks for a lockfile in the folder and, as in a workspace it lies at
// the top, above it, but not beyond the repository.
func (p packageFile) manager() string {
	for dir := p.dir; ; dir = filepath.Dir(dir) {
		for _, lock := range lockfiles {
			if isFile(dir, lock.name) {
				return lock.manager
			}
		}
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil || dir == filepath.Dir(dir) {
			break
		}
	}
	name, _, _ := strings.Cut(p.PackageManager, "@")
	return name
}

// managerOr gives the package manager's name, or other while none is chosen.
func (p packageFile) managerOr(other string) string {
	if name := p.manager(); name != "" {
		return name
	}
	return other
}

var (
	nested        = expression.WhenNeeded(`\b(?:npm|pnpm|yarn|bun)\s+(?:-\S+\s+)*(?:run(?:-script)?\s+)?(?:-\S+\s+)*([\w:.-]+)`)
	makesHandlers = expression.WhenNeeded(`\b(?:jco|componentize(?:-js)?|wasm-tools|cargo|tinygo)\b`)
	makesUIs      = expression.WhenNeeded(`\b(?:vite|webpack|rspack|rsbuild|parcel|astro|next|ng|svelte-kit|tailwindcss|postcss|sass|lessc)\b|\bui/`)
)

// covers says which targets a script makes. A script that makes WASM and
// never mentions a tool or folder of user interfaces makes the handler alone.
func (p packageFile) covers(script string, handlerSource bool) (ui, handler bool) {
	text := p.expand(script, map[string]bool{})
	ui, handler = makesUIs().MatchString(text), makesHandlers().MatchString(text)
	if !handler {
		return true, handlerSource && !ui
	}
	return ui, true
}

// expand gives the script's text with those of the scripts that it runs.
func (p packageFile) expand(script string, seen map[string]bool) string {
	if seen[script] {
		return ""
	}
	seen[script] = true
	text := p.Scripts[script]
	for _, match := range nested().FindAllStringSubmatch(text, -1) {
		text += " ; " + p.expand(match[1], seen)
	}
	return text
}
