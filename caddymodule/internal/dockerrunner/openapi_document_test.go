package dockerrunner_test

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
)

const documentFile = "../../../docs/docker-runner.openapi.yaml"

// description is the OpenAPI document; its schemas are plain JSON Schema.
type description struct {
	t        *testing.T
	root     map[string]any
	compiler *jsonschema.Compiler
	seen     map[string]bool // METHOD PATH STATUS
}

func readDescription(t *testing.T) *description {
	t.Helper()
	root := readYAML(t, documentFile)
	d := &description{t: t, root: root.(map[string]any), compiler: jsonschema.NewCompiler(), seen: map[string]bool{}}
	d.compiler.AssertFormat()
	d.compiler.AssertContent()
	require.NoError(t, d.compiler.AddResource("api.json", root))
	return d
}

// readYAML gives it as JSON would have it.
func readYAML(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var tree any
	require.NoError(t, yaml.Unmarshal(text, &tree))
	asJSON, err := json.Marshal(tree)
	require.NoError(t, err)
	tree, err = jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	require.NoError(t, err)
	return tree
}

// pointer leads to a place in the document.
func pointer(keys ...string) string {
	for i, key := range keys {
		keys[i] = url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return "#/" + strings.Join(keys, "/")
}

// follow gives what stands there, and where that really is.
func (d *description) follow(at string) (map[string]any, string) {
	d.t.Helper()
	var node any = d.root
	for _, key := range strings.Split(strings.TrimPrefix(at, "#/"), "/") {
		key, err := url.PathUnescape(key)
		require.NoError(d.t, err)
		key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
		switch parent := node.(type) {
		case map[string]any:
			node = parent[key]
		case []any:
			i, err := strconv.Atoi(key)
			require.NoError(d.t, err)
			node = parent[i]
		}
	}
	found, ok := node.(map[string]any)
	require.True(d.t, ok, "%s is not in the document", at)
	if ref, ok := found["$ref"].(string); ok {
		return d.follow(ref)
	}
	return found, at
}

func (d *description) schema(at string) *jsonschema.Schema {
	d.t.Helper()
	compiled, err := d.compiler.Compile("api.json" + at)
	require.NoError(d.t, err, at)
	return compiled
}

// check says what of a value its schema refuses.
func (d *description) check(at string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	return d.schema(at).Validate(value)
}

// request says what of a request the document refuses.
func (d *description) request(q request) error {
	d.t.Helper()
	target, err := url.Parse(q.target)
	require.NoError(d.t, err)
	at := pointer("paths", target.Path, strings.ToLower(q.method))
	operation, _ := d.follow(at)
	parameters, _ := operation["parameters"].([]any)
	known := map[string]bool{}
	for i := range parameters {
		parameter, where := d.follow(fmt.Sprintf("%s/parameters/%d", at, i))
		name := parameter["name"].(string)
		known[name] = true
		if err := d.parameter(target.Query(), parameter, where); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name := range target.Query() {
		require.True(d.t, known[name], "the test sends %s, which is not in the document", name)
	}
	if body, ok := operation["requestBody"].(map[string]any); ok && (q.body != "" || body["required"] == true) {
		return d.check(at+"/requestBody/content/application~1json/schema", []byte(q.body))
	}
	return nil
}

func (d *description) parameter(query url.Values, parameter map[string]any, at string) error {
	name := parameter["name"].(string)
	if !query.Has(name) {
		if parameter["required"] == true {
			return fmt.Errorf("it is missing")
		}
		return nil
	}
	schema, at := d.follow(at + "/schema")
	var value any = query.Get(name)
	if schema["type"] == "number" || schema["type"] == "integer" {
		value = json.Number(query.Get(name))
		if _, err := strconv.ParseFloat(query.Get(name), 64); err != nil {
			return err
		}
	}
	return d.schema(at).Validate(value)
}

// response checks an answer, and notes that its status was seen.
func (d *description) response(q request, status int, header http.Header, body []byte) {
	d.t.Helper()
	target, err := url.Parse(q.target)
	require.NoError(d.t, err)
	at := pointer("paths", target.Path, strings.ToLower(q.method), "responses")
	all, _ := d.follow(at)
	name := strconv.Itoa(status)
	if all[name] == nil {
		name = "default"
	}
	response, at := d.follow(at + "/" + name)
	d.seen[q.method+" "+target.Path+" "+name] = true
	headers, _ := response["headers"].(map[string]any)
	for wanted := range headers {
		d.header(header, wanted, at+"/headers/"+wanted)
	}
	content, _ := response["content"].(map[string]any)
	if len(content) == 0 {
		assert.Empty(d.t, body, "%s %s answers %d", q.method, q.target, status)
		return
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	require.NoError(d.t, err)
	require.Contains(d.t, content, media, "%s %s answers %d", q.method, q.target, status)
	if media == "application/json" {
		at += "/content/application~1json/schema"
		require.NoError(d.t, d.check(at, body), "%s %s answers %d: %s", q.method, q.target, status, body)
		assert.Error(d.t, d.check(at, []byte(`[]`)), "%s takes anything", at)
		assert.Error(d.t, d.check(at, []byte(`{"status":"other","unknown":1}`)), "%s takes anything", at)
	}
}

// header checks a header that is required.
func (d *description) header(header http.Header, name, at string) {
	d.t.Helper()
	var value any = header.Get(name)
	if schema, _ := d.follow(at + "/schema"); schema["type"] == "integer" {
		value = json.Number(header.Get(name))
	}
	require.NotEmpty(d.t, value, name)
	assert.NoError(d.t, d.schema(at+"/schema").Validate(value), "%s: %s", name, value)
}

func TestOpenAPI_document_is_of_version_3_1(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	schema := readYAML(t, "testdata/openapi-3.1.schema.yaml")
	id := schema.(map[string]any)["$id"].(string)
	require.NoError(t, compiler.AddResource(id, schema))
	meta, err := compiler.Compile(id)
	require.NoError(t, err)
	document := readYAML(t, documentFile).(map[string]any)
	require.NoError(t, meta.Validate(document))
	delete(document, "info")
	assert.Error(t, meta.Validate(document), "the schema of documents looks at them")
}
