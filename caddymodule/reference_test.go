package caddymodule

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the documents that are made from the sources, instead of comparing them")

const (
	referencePage  = "../docs/caddy-reference.md"
	referenceWhole = "testdata/reference.Caddyfile"
)

func TestReference_is_what_the_sources_say(t *testing.T) {
	r := newReference(t)
	made := r.page()
	if *update {
		require.NoError(t, os.WriteFile(referencePage, made, 0o644))
		return
	}
	committed, err := os.ReadFile(referencePage)
	require.NoError(t, err)
	assert.Equal(t, string(committed), string(made), "it is stale: run 'go test -tags nobadger,nomysql,nopgx -run TestReference ./caddymodule -update'")
}

func TestReference_has_every_option_of_the_parser(t *testing.T) {
	r := newReference(t)
	for _, table := range r.sources.tables {
		_, found := r.blockWith(table)
		assert.True(t, found, "no block of %s has all of the options %v", referenceWhole, table)
	}
	for _, o := range r.options {
		if o.parent != "" {
			assert.True(t, slices.ContainsFunc(r.sources.tables, func(table []string) bool { return slices.Contains(table, o.word) }), "%s is no option", o.path())
		}
		assert.NotEmpty(t, o.fields, "%s changes nothing in the JSON", o.path())
	}
}

func TestReference_every_field_is_documented(t *testing.T) {
	for _, m := range newReference(t).modules {
		for _, f := range m.fields {
			assert.NotEmpty(t, f.doc, "%s has no comment", f.path)
		}
	}
}

// reference is what the page is made of.
type reference struct {
	t       *testing.T
	whole   string
	sources sources
	modules []moduleReference
	options []optionReference
}

// moduleReference is one Caddy module of ours.
type moduleReference struct {
	id, doc string
	fields  []fieldReference
}

// fieldReference is one member of the JSON.
type fieldReference struct{ path, kind, fallback, doc string }

func newReference(t *testing.T) *reference {
	t.Helper()
	whole, err := os.ReadFile(referenceWhole)
	require.NoError(t, err)
	r := &reference{t: t, whole: string(whole), sources: readSources(t)}
	for _, info := range caddy.Modules() {
		module, err := caddy.GetModule(info)
		require.NoError(t, err)
		of := reflect.TypeOf(module.New())
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if of.PkgPath() != reflect.TypeFor[App]().PkgPath() || strings.HasPrefix(info, "runner_test") {
			continue
		}
		m := moduleReference{id: info, doc: r.sources.comments[of.Name()]}
		r.addFields(&m, of, "")
		r.modules = append(r.modules, m)
	}
	r.addOptions()
	return r
}

// defaultSentence is how comments say what counts when nothing is said.
var defaultSentence = regexp.MustCompile(`(?s)\s*\bDefaults?:\s+(.*?)\.?$`)

// addFields lists the members of a struct and of the structs below it.
func (r *reference) addFields(m *moduleReference, of reflect.Type, prefix string) {
	last := ""
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		doc := cmp.Or(r.sources.comments[of.Name()+"."+f.Name], last) // one comment may be for several
		last = doc
		doc = inJSON(doc, of)
		field := fieldReference{path: prefix + name, kind: kindOf(f.Type), doc: doc}
		if match := defaultSentence.FindStringSubmatchIndex(doc); match != nil {
			field.fallback, field.doc = doc[match[2]:match[3]], doc[:match[0]]
		}
		m.fields = append(m.fields, field)
		if inner, suffix := structOf(f.Type); inner != nil {
			r.addFields(m, inner, prefix+name+suffix+".")
		}
	}
}

// inJSON gives members of the struct the names that they have in JSON, where
// they begin the comment, stand behind "and", or can be no other word.
func inJSON(doc string, of reflect.Type) string {
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		before := `(^|\band )`
		if strings.ToLower(f.Name[1:]) != f.Name[1:] {
			before = `(\b)`
		}
		if name != "" {
			doc = regexp.MustCompile(before+f.Name+`\b`).ReplaceAllString(doc, "$1`"+name+"`")
		}
	}
	return doc
}

// structOf is the struct that a member holds, and how one of several is named.
func structOf(of reflect.Type) (inner reflect.Type, suffix string) {
	switch of.Kind() {
	case reflect.Pointer:
		return structOf(of.Elem())
	case reflect.Slice:
		inner, _ = structOf(of.Elem())
		return inner, "[]"
	case reflect.Map:
		inner, _ = structOf(of.Elem())
		return inner, ".NAME"
	case reflect.Struct:
		return of, ""
	}
	return nil, ""
}

// kindOf names a type in the words of JSON.
func kindOf(of reflect.Type) string {
	if of == reflect.TypeFor[caddy.Duration]() {
		return "duration"
	}
	switch of.Kind() {
	case reflect.Pointer:
		return kindOf(of.Elem())
	case reflect.Slice:
		return "list of " + kindOf(of.Elem())
	case reflect.Map:
		return kindOf(of.Elem()) + " by name"
	case reflect.Struct:
		return "object"
	case reflect.Int, reflect.Int64:
		return "number"
	}
	return of.String()
}

const referenceHead = `# Reference for Caddy

Made from the sources: do not edit. [The guide](caddy.md) says what to use when.

`

func (r *reference) page() []byte {
	var w bytes.Buffer
	w.WriteString(referenceHead)
	w.WriteString("## Caddyfile\n\nEvery option once. They need not make sense together.\n\n```\n" + r.whole + "```\n\n")
	w.WriteString("In the tables below, an example leaves out the block that may follow. JSON names the members that the option sets.\n\n")
	for _, block := range r.blocks() {
		fmt.Fprintf(&w, "### %s\n\n| option | example | default | JSON | meaning |\n|---|---|---|---|---|\n", block)
		for _, o := range r.options {
			if o.parent == block {
				fmt.Fprintf(&w, "| `%s` | `%s` | %s | %s | %s |\n", o.word, cell(o.example), cell(o.fallback), o.where(), cell(o.doc))
			}
		}
		w.WriteString("\n")
	}
	if r.sources.syntax != nil {
		w.WriteString("## Syntax\n\nAs the parsers' comments have it.\n\n")
		for _, text := range r.sources.syntax {
			fmt.Fprintf(&w, "```\n%s\n```\n\n", regexp.MustCompile(`# see \w+`).ReplaceAllString(strings.TrimRight(text, "\n"), "# see below"))
		}
	}
	w.WriteString("## JSON\n\n")
	for _, m := range r.modules {
		fmt.Fprintf(&w, "### `%s`\n\n%s\n\n", m.id, plain(m.doc))
		if len(m.fields) == 0 {
			w.WriteString("It has no members.\n\n")
			continue
		}
		w.WriteString("| member | type | default | meaning |\n|---|---|---|---|\n")
		for _, f := range m.fields {
			fmt.Fprintf(&w, "| `%s` | %s | %s | %s |\n", f.path, f.kind, cell(f.fallback), cell(f.doc))
		}
		w.WriteString("\n")
	}
	return append(bytes.TrimRight(w.Bytes(), "\n"), 0x0a)
}

// plain takes the marks of Go's comments out: links and indented blocks.
func plain(doc string) string {
	lines := strings.Split(doc, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "\t") {
			lines[i] = "    " + strings.TrimPrefix(line, "\t")
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// cell is a text in a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
