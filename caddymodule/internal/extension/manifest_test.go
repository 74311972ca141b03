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
		{``, `m.json:1: is not valid JSON: unexpected end of JSON input`},
		{"{\n\"name\": \"x\",\n}", `m.json:3: is not valid JSON`},
		{`[]`, `m.json:1: must be a JSON object, not a array`},
		{"{\n\"name\":\n7}", `m.json:3: field "name" must be a string, not a number`},
		{"{\n\"ui\": \"x\"}", `m.json:2: field "ui" must be an object, not a string`},
		{"{\n\"capabilities\": {}}", `m.json:2: field "capabilities" must be an array, not a object`},
		{`{}`, `m.json: field "name" is missing; m.json: field "publisher" is missing; m.json: field "version" is missing; write one such as "1.0.0"; m.json: field "runtime" is missing; it must be "wasm-js@1"`},
		{"{\n\"publiser\": \"x\"}", `m.json:2: field "publiser" is not a field; did you mean "publisher"?`},
		{"{\n\"name\": \"a/b\"}", `m.json:2: field "name" may hold letters`},
		{"{\n\"name\": \"..\"}", `m.json:2: field "name" may hold letters`},
		{"{\n\"version\": \"1\"}", `m.json:2: field "version" must be a semantic version such as 1.0.0, not "1"`},
		{"{\n\"runtime\": \"node\"}", `m.json:2: field "runtime" must be "wasm-js@1", not "node"`},
		{"{\n\"capabilities\": [\n\"cap:storage.kv\",\n\"storage.kv\"]}", `m.json:4: field "capabilities[1]" is no capability: "storage.kv"; there are cap:context.read, `},
		{"{\n\"ui\": {\n\"type\": \"tab\"}}", `m.json:3: field "ui.type" must be "iframe", not "tab"; m.json:2: field "ui.entry" is missing`},
		{"{\n\"ui\": {\"type\":\"iframe\",\n\"entry\": \"../x\"}}", `m.json:3: field "ui.entry" must be a file below ui/`},
		{"{\n\"ui\": {\"type\":\"iframe\",\n\"entry\": \"ui/../../x\"}}", `m.json:3: field "ui.entry" must be a file below ui/`},
		{"{\n\"api\": {\"endpoints\": [\n{\"method\": \"GO\",\n\"path\": \"x\"}]}}", `m.json:3: field "api.endpoints[0].method" must be GET, POST, PUT, PATCH or DELETE, not "GO"; m.json:4: field "api.endpoints[0].path" must start with /`},
	} {
		_, err := ParseManifest("m.json", []byte(c.text))
		assert.ErrorContains(t, err, c.want, c.text)
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
