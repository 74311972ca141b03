package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule"
)

// noVariables look like variables and are none, or none of ours.
var noVariables = []string{
	"EXPORT_CNT", "IMPORT_CNT", "FEATURE_CLOCKS", "SOURCE_NAME", "DEBUG", // of StarlingMonkey, in a guest
	"CGO_ENABLED",                             // of Go
	"NEXT_TELEMETRY_DISABLED",                 // of Next, in scripts/bench
	"BASH_SOURCE", "SECONDS", "PWD", "RANDOM", // bash sets them
}

var (
	variableName   = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)
	readers        = []string{"Getenv", "getenv", "LookupEnv", "text", "port"} // what is called with a variable's name
	documentedRows = regexp.MustCompile("(?m)^\\| ((?:`\\w+`(?:, )?)+) \\| (.*) \\| (.*) \\| (.*) \\|$")
)

func TestEnvironment_page_has_the_variables_that_the_sources_have(t *testing.T) {
	used := variablesOfSources(t)
	require.Greater(t, len(used), 60)
	rows := environmentRows(t)
	for name, where := range used {
		_, documented := rows[name]
		assert.True(t, documented, "docs/environment.md lacks %s of %s", name, where)
	}
	for name := range rows {
		assert.NotEmpty(t, used[name], "docs/environment.md has %s, which nothing reads or sets", name)
	}
}

func TestEnvironment_page_names_the_twins(t *testing.T) {
	rows := environmentRows(t)
	for flag, variable := range flagVariables {
		assert.Equal(t, "`--"+flag+"`", rows[variable].twin, variable)
	}
	settings, err := caddymodule.Explain(json.RawMessage(`{"backends":{"docker":{},"knative":{}}}`), caddymodule.Origins{File: "f"}, func(string) string { return "" })
	require.NoError(t, err)
	seen := 0
	for _, s := range settings {
		if s.Variable == "" {
			continue
		}
		seen++
		row := rows[s.Variable]
		assert.Equal(t, "`"+s.Key+"`", row.twin, s.Variable)
		if value := strings.Trim(row.fallback, "`"); !strings.HasSuffix(s.Variable, "_MS") && s.Value != "" {
			assert.Equal(t, s.Value, value, s.Variable)
		}
	}
	assert.Greater(t, seen, 8)
}

// environmentRow is what the page says of a variable.
type environmentRow struct{ fallback, twin string }

func environmentRows(t *testing.T) map[string]environmentRow {
	t.Helper()
	page, err := os.ReadFile("../docs/environment.md")
	require.NoError(t, err)
	rows := map[string]environmentRow{}
	for _, match := range documentedRows.FindAllStringSubmatch(string(page), -1) {
		for name := range strings.SplitSeq(match[1], ", ") {
			name = strings.Trim(name, "`")
			assert.NotContains(t, rows, name, "it is there twice")
			rows[name] = environmentRow{match[3], match[4]}
		}
	}
	return rows
}

// variablesOfSources gives the variables that Go files, the Caddyfile, the
// compose file and the scripts name, with where they are.
func variablesOfSources(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	for _, dir := range []string{".", "../caddymodule", "../compose", "../scripts"} {
		require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (slices.Contains([]string{"testdata", "guesttest", "enginetest", "templates"}, entry.Name())):
				return fs.SkipDir
			case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
				return variablesOfGo(path, used)
			}
			return nil
		}))
	}
	texts, err := filepath.Glob("../scripts/*")
	require.NoError(t, err)
	for _, file := range append(texts, "../Caddyfile", "../docker-compose.runner-dev.yml") {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		local := map[string]bool{}
		for _, match := range regexp.MustCompile(`(?m)^\s*(?:local |export )?([A-Z][A-Z0-9_]+)=`).FindAllStringSubmatch(string(text), -1) {
			local[match[1]] = true
		}
		for _, match := range regexp.MustCompile(`\{?\$\{?([A-Z][A-Z0-9_]+)`).FindAllStringSubmatch(string(text), -1) {
			if !local[match[1]] {
				used[match[1]] = file
			}
		}
	}
	maps.DeleteFunc(used, func(name, _ string) bool { return slices.Contains(noVariables, name) })
	return used
}

func variablesOfGo(path string, into map[string]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit: // NAME, or the NAME= of a setting for somebody else
			if name, _, _ := strings.Cut(literal(n), "="); variableName.MatchString(name) {
				into[name] = path
			}
		case *ast.IndexExpr:
			if of, ok := n.X.(*ast.Ident); ok && of.Name == "env" && literal(n.Index) != "" {
				into[literal(n.Index)] = path
			}
		case *ast.CallExpr:
			if len(n.Args) > 0 && slices.Contains(readers, calledName(n)) && regexp.MustCompile(`^[A-Z]+$`).MatchString(literal(n.Args[0])) {
				into[literal(n.Args[0])] = path
			}
		}
		return true
	})
	return nil
}

// literal is the text of a string's literal; "" for anything else.
func literal(of ast.Expr) string {
	if text, ok := of.(*ast.BasicLit); ok && text.Kind == token.STRING {
		value, err := strconv.Unquote(text.Value)
		if err == nil {
			return value
		}
	}
	return ""
}

func calledName(call *ast.CallExpr) string {
	switch of := call.Fun.(type) {
	case *ast.Ident:
		return of.Name
	case *ast.SelectorExpr:
		return of.Sel.Name
	}
	return ""
}
