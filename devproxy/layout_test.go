package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/same-origin/devproxy/"

// storeys, from the top; a package may import its own storey and those below.
var storeys = []string{"devproxy", "caddymodule", "caddymodule/internal", "caddymodule/runnerstatus", "caddymodule/runner", "compose"}

func storey(pkg string) int {
	found := -1
	for i, prefix := range storeys {
		if pkg == prefix || strings.HasPrefix(pkg, prefix+"/") {
			found = i // the last match is the most exact
		}
	}
	return found
}

func TestLayout_imports_run_downwards_only(t *testing.T) {
	out, err := exec.Command("go", "list", "-tags", buildTags, "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	require.NoError(t, err)
	checked := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		from := storey(pkg)
		for _, imported := range fields[1:] {
			if strings.HasPrefix(imported, "github.com/caddyserver/caddy") && from >= 0 {
				assert.Contains(t, []string{"devproxy", "caddymodule"}, pkg, "%s imports Caddy", pkg)
			}
			if ours, ok := strings.CutPrefix(imported, module); ok && from >= 0 && storey(ours) >= 0 {
				checked++
				assert.LessOrEqual(t, from, storey(ours), "%s imports %s, which is above it", pkg, ours)
			}
		}
	}
	assert.Greater(t, checked, 10, "imports were seen")
}

func TestLayout_packages_that_start_slowly_stay_out(t *testing.T) {
	slow := map[string]string{ // as GODEBUG=inittrace=1 measures
		"github.com/mattn/go-runewidth":      "25 ms for a table of all characters' widths: measure with clipperhouse/displaywidth",
		"github.com/charmbracelet/x/ansi":    "imports go-runewidth",
		"github.com/stretchr/testify/assert": "is for tests",
	}
	out, err := exec.Command("go", "list", "-tags", buildTags, "-deps", "./...").Output()
	require.NoError(t, err)
	packages := strings.Fields(string(out))
	assert.Contains(t, packages, "github.com/clipperhouse/displaywidth", "packages were seen")
	for _, pkg := range packages {
		assert.NotContains(t, slow, pkg, "%s: %s", pkg, slow[pkg])
	}
}

// compiledAtStart are the lines of text, a file, with expressions that a package
// compiles before main begins.
func compiledAtStart(t *testing.T, file string, text []byte) (lines []int) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, parser.SkipObjectResolution)
	require.NoError(t, err)
	var look func(ast.Node) bool
	look = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return n.Recv == nil && n.Name.Name == "init"
		case *ast.FuncLit:
			return false // it runs later
		case *ast.CallExpr:
			if now, ok := n.Fun.(*ast.FuncLit); ok {
				ast.Inspect(now.Body, look)
			}
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			if ok && pkg.Name == "regexp" && strings.HasPrefix(n.Sel.Name, "MustCompile") {
				lines = append(lines, files.Position(n.Pos()).Line)
			}
		}
		return true
	}
	ast.Inspect(parsed, look)
	return lines
}

func TestLayout_expressions_are_compiled_when_they_are_needed(t *testing.T) {
	for text, want := range map[string][]int{
		"var word = regexp.MustCompile(`x`)":                                           {2},
		"var (\n\tword = regexp.MustCompilePOSIX(`x`)\n)":                              {3},
		"var words = []*regexp.Regexp{\n\tregexp.MustCompile(`x`),\n}":                 {3},
		"var word = func() *regexp.Regexp {\n\treturn regexp.MustCompile(`x`)\n}()":    {3},
		"func init() { word = regexp.MustCompile(`x`) }":                               {2},
		"func later() { regexp.MustCompile(`x`) }":                                     nil,
		"var later = func() *regexp.Regexp { return regexp.MustCompile(`x`) }":         nil,
		"var later = sync.OnceValue(func() any { return regexp.MustCompile(`x`) })":    nil,
		"func (l later) init() { regexp.MustCompile(`x`) } // regexp.MustCompile(`x`)": nil,
	} {
		assert.Equal(t, want, compiledAtStart(t, "x.go", []byte("package x\n"+text)), text)
	}
	checked := 0
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		checked += strings.Count(string(text), "expression.WhenNeeded(")
		assert.Empty(t, compiledAtStart(t, file, text), "%s: write expression.WhenNeeded in these lines", file)
	}
	assert.Greater(t, checked, 10, "expressions were seen")
}

func TestLayout_has_nothing_else_at_the_top(t *testing.T) {
	entries, err := exec.Command("git", "-C", "..", "ls-files").Output()
	if err != nil {
		unavailable(t, "this is no git checkout")
	}
	allowed := map[string]bool{}
	for _, name := range []string{"caddymodule", "devproxy", "compose", "scripts", "examples", "docs", "go.mod", "go.sum", "Caddyfile", "docker-compose.runner-dev.yml", "README.md", "LICENSE"} {
		allowed[name] = true
	}
	for path := range strings.Lines(string(entries)) {
		top, _, _ := strings.Cut(strings.TrimSpace(path), "/")
		assert.True(t, allowed[top] || strings.HasPrefix(top, "."), "%s does not belong at the top", top)
	}
}

// starts is a goroutine, alone or of a group.
var starts = regexp.MustCompile(`(?m)^\s*go (func\b|[a-zA-Z_.]+\()|\.Go\(`)

func TestLayout_who_starts_goroutines_looks_for_those_that_are_left(t *testing.T) {
	starters := map[string]bool{} // and whether their tests look
	for _, file := range goFiles(t) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		dir := filepath.Dir(file)
		switch {
		case strings.HasSuffix(file, "_test.go"):
			if strings.Contains(string(text), "goleak.Verify") || strings.Contains(string(text), "goleak.Find") {
				starters[dir] = true
			}
		case starts.Match(text):
			starters[dir] = starters[dir] || len(testsIn(t, dir)) == 0
		}
	}
	assert.Greater(t, len(starters), 20, "goroutines were seen")
	for dir, look := range starters {
		assert.True(t, look, "%s starts goroutines; add a TestMain with goleak.VerifyTestMain(m)", dir)
	}
}

// A test that this machine cannot run is no success where everything must be
// there; what is fuzzed may be no input.
func TestLayout_skips_fail_where_everything_must_be_there(t *testing.T) {
	skip := regexp.MustCompile(`\b[tbf]\.Skip(f|Now)?\(`)
	function := regexp.MustCompile(`(?m)^func `)
	seen := 0
	for _, file := range goFiles(t) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, body := range function.Split(string(text), -1) {
			if !skip.MatchString(body) || strings.HasPrefix(body, "Fuzz") || strings.HasPrefix(body, "TestLayout_") {
				continue
			}
			seen++
			assert.Contains(t, body, `"CI"`, "%s: func %.60s", file, body)
		}
	}
	assert.Greater(t, seen, 10, "skips were seen")
}

// goFiles are those of the repository, from here.
func goFiles(t *testing.T) (files []string) {
	out, err := exec.Command("git", "-C", "..", "ls-files", "--cached", "--others", "--exclude-standard", "*.go").Output()
	if err != nil {
		unavailable(t, "this is no git checkout")
	}
	for path := range strings.Lines(string(out)) {
		file := filepath.Join("..", strings.TrimSpace(path))
		if _, err := os.Stat(file); err == nil { // one that is removed is listed until that is committed
			files = append(files, file)
		}
	}
	return files
}

func testsIn(t *testing.T, dir string) []string {
	found, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	return found
}

func TestCaddyfile_of_the_repository_is_the_built_in_one(t *testing.T) {
	root, err := os.ReadFile("../Caddyfile")
	require.NoError(t, err)
	assert.Equal(t, string(root), string(builtinCaddyfile))
}
