package main

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the documents that are made from the sources, instead of comparing them")

const (
	schemaDir  = "../docs/schemas"
	schemaBase = "https://raw.githubusercontent.com/same-origin/devproxy/main/docs/schemas/"
)

// forms are all documents that --json prints, by type.
var forms = map[string]any{
	"bisect":       found{},
	"builds":       buildsDocument{},
	"build":        buildDocument{},
	"capabilities": usesDocument{},
	"change":       changeDocument{},
	"executes":     executesDocument{},
	"replay":       replayDocument{},
	"trace":        traced{},
	"config":       configDocument{},
	"dashboard":    dashboardDocument{},
	"doctor":       diagnosis{},
	"down":         downDocument{},
	"error":        faultDocument{},
	"exit":         exitDocument{},
	"explain":      explainDocument{},
	"log":          logLine{},
	"ps":           listing{},
	"ready":        readyDocument{},
	"status":       statusDocument{},
	"stopped":      stoppedDocument{},
	"up":           upDocument{},
	"version":      versionDocument{},
}

func TestSchemas_are_those_of_the_types(t *testing.T) {
	comments := commentsOf(t, ".", "../caddymodule", "../caddymodule/runnerstatus", "../caddymodule/runner/trace", "internal/codes")
	for name, document := range forms {
		text, err := json.MarshalIndent(schemaOf(name, document, comments), "", "  ")
		require.NoError(t, err)
		compareOrUpdate(t, filepath.Join(schemaDir, name+".json"), append(text, '\n'))
	}
	files, err := filepath.Glob(schemaDir + "/*.json")
	require.NoError(t, err)
	assert.Len(t, files, len(forms), "a schema is published of which no command prints a document")
}

// compareOrUpdate fails for a committed file that is not what the sources make.
func compareOrUpdate(t *testing.T, path string, made []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, made, 0o644))
		return
	}
	committed, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(committed), string(made), "%s is stale: run 'go test -tags %s -run %s ./devproxy -update'", path, buildTags, strings.SplitN(t.Name(), "/", 2)[0])
}

// schemaOf takes the words from the sources' comments.
func schemaOf(name string, document any, comments map[string]string) *jsonschema.Schema {
	r := &jsonschema.Reflector{ExpandedStruct: true, LookupComment: func(of reflect.Type, field string) string {
		return comments[strings.TrimSuffix(filepath.Base(of.PkgPath())+"."+of.Name()+"."+field, ".")]
	}}
	s := r.Reflect(document)
	s.Description = "" // it is of the Go type
	s.ID, s.Title = jsonschema.ID(schemaBase+name+".json"), "devproxy: "+name
	s.Properties.Value("v").Const = 1
	s.Properties.Value("type").Const = name
	return s
}

// commentsOf gives the comments of types and fields: "package.Type.Field".
func commentsOf(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	comments := map[string]string{}
	for _, dir := range dirs {
		files, err := filepath.Glob(dir + "/*.go")
		require.NoError(t, err)
		abs, err := filepath.Abs(dir)
		require.NoError(t, err)
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
			require.NoError(t, err)
			collectComments(parsed, filepath.Base(abs), comments)
		}
	}
	return comments
}

func collectComments(file *ast.File, pkg string, into map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		decl, ok := n.(*ast.GenDecl)
		if !ok {
			return true
		}
		for _, spec := range decl.Specs {
			of, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			name := pkg + "." + of.Name.Name
			into[name] = wordsOf(decl.Doc, of.Doc)
			if fields, ok := of.Type.(*ast.StructType); ok {
				for _, f := range fields.Fields.List {
					for _, n := range f.Names {
						into[name+"."+n.Name] = wordsOf(f.Doc, f.Comment)
					}
				}
			}
		}
		return true
	})
}

// wordsOf gives comments in one line.
func wordsOf(comments ...*ast.CommentGroup) string {
	var words []string
	for _, c := range comments {
		words = append(words, strings.Fields(c.Text())...)
	}
	return strings.Join(words, " ")
}
