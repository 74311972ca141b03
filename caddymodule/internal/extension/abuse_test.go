package extension

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAbuse_hostile_manifests_are_refused(t *testing.T) {
	replaced := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	cases := map[string]string{
		"nested 100 000 deep":      strings.Repeat(`{"ui":`, 100_000),
		"arrays 100 000 deep":      strings.Repeat("[", 100_000),
		"two values":               good + good,
		"garbage behind it":        good + "\x00",
		"NUL in a name":            replaced(`"hello"`, `"he\u0000llo"`),
		"a name that climbs":       replaced(`"hello"`, `"../hello"`),
		"a name of dots":           replaced(`"hello"`, `"."`),
		"a name that is empty":     replaced(`"hello"`, `""`),
		"a line break in a name":   replaced(`"hello"`, `"he\nllo"`),
		"an escape in a name":      replaced(`"hello"`, `"he\u001b[2Jllo"`),
		"a lookalike name":         replaced(`"hello"`, `"hеllo"`),
		"a slash in a publisher":   replaced(`"acme"`, `"ac/me"`),
		"a colon in a publisher":   replaced(`"acme"`, `"ac:me"`),
		"a dot in a publisher":     replaced(`"acme"`, `"ac.me"`),
		"a header in a version":    replaced(`"1.0.0"`, `"1.0.0\r\nX: y"`),
		"a page that climbs":       replaced(`"ui/index.html"`, `"ui/../manifest.json"`),
		"a page with backslashes":  replaced(`"ui/index.html"`, `"ui\\..\\x"`),
		"a page elsewhere":         replaced(`"ui/index.html"`, `"https://evil.example/"`),
		"an absolute page":         replaced(`"ui/index.html"`, `"/etc/passwd"`),
		"an endpoint that climbs":  replaced(`"/greet"`, `"greet/../../x"`),
		"an endpoint of no method": replaced(`"post"`, `"CONNECT"`),
		"all of the capabilities":  replaced(`"cap:storage.kv"`, `"cap:*"`),
		"an unknown capability":    replaced(`"cap:storage.kv"`, `"cap:root"`),
		"a number of 1 000 digits": replaced(`"1.0.0"`, strings.Repeat("9", 1000)),
		"another runtime":          replaced(`"wasm-js@1"`, `"native@1"`),
	}
	for name, text := range cases {
		m, err := ParseManifest("m.json", []byte(text))
		require.Error(t, err, "%s: %+v", name, m)
		assert.Less(t, len(err.Error()), 8<<10, name)
		assert.NotContains(t, err.Error(), "\x1b", name)
		assert.NotContains(t, err.Error(), "\r", name)
	}
	t.Logf("%d manifests", len(cases))
}
