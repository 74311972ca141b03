package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

func codes(warnings []source.Warning) []string {
	found := []string{}
	for _, w := range warnings {
		found = append(found, w.Code)
	}
	return found
}

func TestWhatProductionWillNotHaveIsNamed(t *testing.T) {
	cases := map[string]string{
		"timers_missing":  "export function handler() { setTimeout(() => {}, 5); }",
		"console_dropped": "export function handler() { console.log('x'); }",
		"clock_frozen":    "const started = Date.now();",
		"random_repeats":  "const id = crypto.randomUUID();",
		"fetch_missing":   "const r = await fetch('https://example.com');",
		"node_module":     "import { readFileSync } from \"node:fs\";\nreadFileSync('x');",
		"node_global":     "const key = process.env.KEY;",
	}
	for code, js := range cases {
		t.Run(code, func(t *testing.T) {
			warnings := source.Warnings([]byte(js), nil, nil)
			require.Equal(t, []string{code}, codes(warnings))
			assert.NotEmpty(t, warnings[0].Message)
			assert.NotEmpty(t, warnings[0].Fix)
			assert.Equal(t, 1, warnings[0].Position.Line)
			assert.Positive(t, warnings[0].Position.Column)
		})
	}
	also := map[string]string{
		"clock_frozen":   "return new Date();",
		"random_repeats": "x = Math.random()",
		"node_global":    "const b = Buffer.from('x');",
		"timers_missing": "const t = /\\)/.test(x) ? setInterval(f, 1) : 0;",
	}
	for code, js := range also {
		assert.Equal(t, []string{code}, codes(source.Warnings([]byte(js), nil, nil)), js)
	}
}

func TestEachKindIsReportedOnceAtItsFirstPlace(t *testing.T) {
	warnings := source.Warnings([]byte("const a = 1;\n  console.log(a);\nconsole.error(a);"), nil, nil)
	require.Len(t, warnings, 1)
	assert.Equal(t, source.Position{Line: 2, Column: 3}, warnings[0].Position)
}

func TestWhatTheComponentHasIsNotWarnedOf(t *testing.T) {
	js := []byte("setTimeout(f, Date.now()); console.log(Math.random()); fetch('x');")
	assert.Len(t, source.Warnings(js, nil, nil), 5)
	assert.Equal(t, []string{"random_repeats"}, codes(source.Warnings(js, nil, []string{"clocks", "stdio", "http"})))
	assert.Empty(t, source.Warnings(js, nil, source.AllFeatures()))
}

func TestWhatOnlyLooksLikeAUseIsNoWarning(t *testing.T) {
	cases := map[string]string{
		"a comment":                "// setTimeout(f)\n/* console.log(1)\n fetch('x') */",
		"a string":                 `const s = "setTimeout(f)"; const t = 'it\'s fetch(x)';`,
		"a template":               "const s = `process.env.X ${fetch('x')}`;",
		"a regular expression":     `const r = /["'fetch(x)]/; const q = a / b; const n = "fetch(y)" / 2;`,
		"a slash in a class":       `const r = x => /[/"]fetch(x)/.test(y);`,
		"a property":               "client.fetch('x'); my.console.log(1); a.process.env; $.setTimeout(f);",
		"a longer name":            "prefetch('x'); fetchAll('x'); myconsole.log(1);",
		"an import of that name":   `import { fetch } from "alga:extension/http"; fetch(request);`,
		"a renamed import":         `import { fetch as get, x as process } from "alga:extension/http"; get(r); process.env;`,
		"a namespace":              `import * as console from "./log"; console.log(1);`,
		"a function of that name":  "function setTimeout(f) { f(); } setTimeout(f);",
		"a parameter of that name": "function run(fetch, x) { return fetch(x); }",
		"an arrow's parameter":     "const run = fetch => fetch(x);",
		"a method":                 "const client = { fetch(x) { return x; } };",
		"a check":                  "const env = typeof process !== 'undefined' ? process.env.X : '';",
		"a given time":             "const d = new Date(request.time); const e = new Date(2020, 1);",
		"an import in a comment":   "// import x from \"node:fs\"\nconst a = `\nimport x from \"node:fs\"\n`;",
		"nothing":                  "",
		"an open string":           "const a = 'fetch(",
		"an open comment":          "/* fetch(x)",
		"an escape at the end":     `"\`,
		"an open expression":       `x = /fetch(\`,
	}
	for name, js := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, source.Warnings([]byte(js), nil, nil), js)
		})
	}
}

func FuzzWarnings(f *testing.F) {
	f.Add("fetch(`${/[/]/.test('x')}`) // y")
	f.Add("a = b / c; /* */ 'x\\")
	f.Fuzz(func(t *testing.T, js string) {
		for _, w := range source.Warnings([]byte(js), nil, nil) {
			assert.Positive(t, w.Position.Line)
			assert.Positive(t, w.Position.Column)
		}
	})
}
