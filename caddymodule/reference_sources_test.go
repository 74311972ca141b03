package caddymodule

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sources are what the reference takes from the Go files.
type sources struct {
	comments map[string]string // of Type and Type.Field
	tables   [][]string        // the words of each table of options
	syntax   []string          // what stands below "Syntax:" in parsers' comments
}

func readSources(t *testing.T) sources {
	t.Helper()
	s := sources{comments: map[string]string{}}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	files = append(files, "runnerstatus/setting.go") // which the JSON of the app holds, too
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, s.look)
	}
	return s
}

func (s *sources) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		for _, spec := range n.Specs {
			if of, ok := spec.(*ast.TypeSpec); ok {
				s.addType(n, of)
			}
		}
	case *ast.FuncDecl:
		if _, syntax, found := strings.Cut(n.Doc.Text(), "Syntax:\n"); found {
			s.syntax = append(s.syntax, unindented(syntax))
		}
	case *ast.CompositeLit:
		if of, ok := n.Type.(*ast.Ident); ok && of.Name == "options" {
			s.addTable(n)
		}
	}
	return true
}

func (s *sources) addType(decl *ast.GenDecl, of *ast.TypeSpec) {
	s.comments[of.Name.Name] = decl.Doc.Text() + of.Doc.Text()
	fields, ok := of.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range fields.Fields.List {
		for _, name := range f.Names {
			s.comments[of.Name.Name+"."+name.Name] = strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
		}
	}
}

func (s *sources) addTable(table *ast.CompositeLit) {
	var words []string
	for _, element := range table.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.BasicLit); ok {
				word, err := strconv.Unquote(key.Value)
				if err == nil {
					words = append(words, word)
				}
			}
		}
	}
	s.tables = append(s.tables, words)
}

// unindented is the block at the beginning, without the comment's own indent.
func unindented(text string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimLeft(text, "\n")) {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "\t") {
			break // it goes on with prose
		}
		lines = append(lines, strings.TrimPrefix(line, "\t"))
	}
	return strings.TrimRight(strings.Join(lines, ""), "\n")
}
