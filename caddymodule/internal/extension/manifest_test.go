package extension

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const good = `{
  "name": "hello", "publisher": "acme", "version": "1.0.0", "runtime": "wasm-js@1",
  "capabilities": ["cap:storage.kv"],
  "ui": {"type": "iframe", "entry": "ui/index.html"},
  "api": {"endpoints": [{"method": "post", "path": "/greet", "handler": "dist/main"}]},
  "somethingOfProductionOnly": {"any": ["thing"]}
}`

func TestManifest_good_ones_are_read_whole(t *testing.T) {
	m, err := ParseManifest("manifest.json", []byte("\xef\xbb\xbf"+good))
	require.NoError(t, err)
	assert.Equal(t, "acme.hello", m.ID())
	assert.Equal(t, []string{"cap:storage.kv"}, m.Capabilities)
	assert.Equal(t, Endpoint{"post", "/greet", "dist/main"}, m.API.Endpoints[0])
}

func TestManifest_errors_name_file_line_and_field(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`[]`, `m.json:1: must be a JSON object in { }, not an array`},
		{"{\n\"name\":\n7}", `m.json:3:1: field "name" must be a string, not a number`},
		{"{\n\"ui\": \"x\"}", `m.json:2:7: field "ui" must be an object, not a string`},
		{"{\n\"ui\": true}", `m.json:2:7: field "ui" must be an object, not true or false`},
		{"{\n\"capabilities\": {}}", `m.json:2:17: field "capabilities" must be an array, not an object`},
		{"{\n\"capabilities\": [\"a\",\n  [1]]}", `m.json:3:3: field "capabilities[1]" must be a string, not an array`},
		{"{\"api\": {\"endpoints\": [\n{\"method\": 1}]}}", `m.json:2:12: field "api.endpoints[0].method" must be a string, not a number`},
		{`{}`, `m.json: field "name" is missing; m.json: field "publisher" is missing; m.json: field "version" is missing; write one such as "1.0.0"; m.json: field "runtime" is missing; it must be "wasm-js@1"`},
		{"{\n \"publiser\": \"x\"}", `m.json:2:2: field "publiser" is not a field; did you mean "publisher"?`},
		{"{\n\"name\": \"a/b\"}", `m.json:2:9: field "name" may hold letters`},
		{"{\n\"name\": \"..\"}", `m.json:2:9: field "name" may hold letters`},
		{"{\n\"version\": \"1\"}", `m.json:2:12: field "version" must be a semantic version such as 1.0.0, not "1"`},
		{"{\n\"runtime\": \"node\"}", `m.json:2:12: field "runtime" must be "wasm-js@1", not "node"`},
		{"{\n\"capabilities\": [\n\"cap:storage.kv\",\n\"storage.kv\"]}", `m.json:4:1: field "capabilities[1]" is no capability: "storage.kv"; did you mean "cap:storage.kv"?`},
		{"{\n\"capabilities\": [\"cap:sorage.kv\"]}", `field "capabilities[0]" is no capability: "cap:sorage.kv"; did you mean "cap:storage.kv"?`},
		{"{\n\"capabilities\": [\"moonlanding\"]}", `field "capabilities[0]" is no capability: "moonlanding"; there are cap:context.read, `},
		{"{\n\"ui\": {\n\"type\": \"tab\"}}", `m.json:3:9: field "ui.type" must be "iframe", not "tab"; m.json:2:7: field "ui.entry" is missing`},
		{"{\n\"ui\": {\"type\":\"iframe\",\n\"entry\": \"../x\"}}", `m.json:3:10: field "ui.entry" must be a file below ui/`},
		{"{\n\"ui\": {\"type\":\"iframe\",\n\"entry\": \"ui/../../x\"}}", `m.json:3:10: field "ui.entry" must be a file below ui/`},
		{"{\n\"api\": {\"endpoints\": [\n{\"method\": \"GO\",\n\"path\": \"x\"}]}}", `m.json:3:12: field "api.endpoints[0].method" must be GET, POST, PUT, PATCH or DELETE, not "GO"; m.json:4:9: field "api.endpoints[0].path" must start with /`},
		{"{\"api\": {\"endpoints\": [\n{\"methd\": \"GET\",\n\"path\": \"/x\"}]}}", `m.json:2:2: field "api.endpoints[0].methd" is not a field; did you mean "api.endpoints[0].method"?`},
	} {
		_, err := ParseManifest("m.json", []byte(c.text))
		assert.ErrorContains(t, err, c.want, c.text)
	}
}

func TestManifest_what_is_no_JSON_is_told_in_words(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `1: is not valid JSON: the file is empty`},
		{" \n", `1: is not valid JSON: the file is empty`},
		{"{\n\"name\": \"x\",\n}", `2:12: is not valid JSON: a comma stands after the last item; remove it`},
		{"{\"a\": [1,]}", `1:9: is not valid JSON: a comma stands after the last item; remove it`},
		{"{\n\"name\": \"x\"\n\"publisher\": 1}", `3:1: is not valid JSON: a comma is missing before "publisher"`},
		{"{\"name\" \"x\"}", `1:9: is not valid JSON: a colon (:) is missing before "x"`},
		{"{\n  name: 1}", `2:3: is not valid JSON: name must stand in double quotes: "name"`},
		{"{'name': 1}", `1:2: is not valid JSON: text and names stand in double quotes ("), not in single ones`},
		{"{\"ä\": 'x'}", `1:7: is not valid JSON: text and names stand in double quotes ("), not in single ones`},
		{"{\n  // the name\n}", `2:3: is not valid JSON: comments are not allowed; remove this one`},
		{"{ /* c */ }", `1:3: is not valid JSON: comments are not allowed; remove this one`},
		{"{\"name\": \"xyz\n}", `1:14: is not valid JSON: a text is not closed; its last double quote (") is missing`},
		{"{\"name\": \"xyz\"", `1:15: is not valid JSON: the file ends too early; a closing } or ] is missing`},
		{"{\"name\":", `1:9: is not valid JSON: the file ends too early; a closing } or ] is missing`},
		{"{\"name\": }", `1:10: is not valid JSON: a value is missing before }`},
		{"{\"name\": “x”}", `1:10: is not valid JSON: “ is no value; write text in double quotes`},
		{"{\"name\": undefined}", `1:10: is not valid JSON: undefined is no value; write text in double quotes`},
		{"{\"name\": \"a\tb\"}", `1:12: is not valid JSON: a character cannot stand here; in a text, write \n for a line break, \t for a tab and \\ for a backslash`},
		{"{\"name\": \"ui\\q\"}", `1:14: is not valid JSON: a character cannot stand here`},
		{"{}}", `1:3: is not valid JSON: } stands after the end; a manifest is one object in { }`},
		{"{\n<<<<<<< HEAD\n\"a\": 1\n=======\n", `2:1: is not valid JSON: a merge conflict is left here; resolve it`},
		{"{,}", `1:2: is not valid JSON: the name of a field must stand here, in double quotes, not ,`},
		{"{\"a\":\u00a01}", `1:6: is not valid JSON: invalid character`}, // which only encoding/json minds
	} {
		_, err := ParseManifest("m.json", []byte(c.text))
		assert.ErrorContains(t, err, "m.json:"+c.want, "%q", c.text)
	}
}

func TestMisspelt_fields_are_those_that_look_like_one_that_is_not_there(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\xef\xbb\xbf" + good, ""},
		{`{"capabilites": []}`, `m.json:1:2: field "capabilites" is not one that runners know; did you mean "capabilities"?`},
		{`{"capabilites": [], "capabilities": []}`, ``},
		{`{"UI": {}}`, `m.json:1:2: field "UI" is not one that runners know; did you mean "ui"?`},
		{`{"api": {"endpoint": []}}`, `m.json:1:10: field "api.endpoint" is not one that runners know; did you mean "api.endpoints"?`},
		{`{"ui": {"hoks": {"typ": 1}}, "mine": {"typ": 1}}`, `m.json:1:9: field "ui.hoks" is not one that runners know; did you mean "ui.hooks"?`},
		{`{"api": {"endpoints": [{"handeler": ""}]}}`, `m.json:1:25: field "api.endpoints[0].handeler" is not one that runners know; did you mean "api.endpoints[0].handler"?`},
		{`{"description": "x", "icon": "y", "author": "z", "license": "MIT", "main": "a", "id": "b"}`, ""},
	} {
		got := (&ManifestError{File: "m.json", Problems: Misspelt([]byte(c.text))}).Error()
		assert.Equal(t, c.want, got, c.text)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"api":{"endpoints":[{}]},"ui":{}}`))
	f.Add([]byte("[[[[{\"a\":"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest("m.json", data)
		if err == nil {
			assert.Regexp(t, `^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`, m.ID())
		}
	})
}
