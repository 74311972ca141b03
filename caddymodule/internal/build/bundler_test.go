package build

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// bundler gives a Bundler of the plan that is found for the files.
func bundler(t testing.TB, target event.Target, files map[string]string) (*Bundler, string) {
	t.Helper()
	plan, err := Detect(folder(t, files), Overrides{})
	require.NoError(t, err)
	b := NewBundler(plan, target)
	t.Cleanup(b.Close)
	return b, plan.Dir
}

func built(t testing.TB, b *Bundler) Result {
	t.Helper()
	result := b.Build(t.Context())
	require.Empty(t, result.Problems)
	require.True(t, result.OK())
	return result
}

func TestBundler_makes_a_UI_of_TypeScript_and_styles(t *testing.T) {
	page := "<!DOCTYPE html>\r\n<link REL=stylesheet href='base.css'>\n<script type=module src=./main.tsx?v=1 defer></script><p class=a>é &amp; <b"
	b, _ := bundler(t, event.UI, map[string]string{
		"ui/index.html": page,
		"ui/base.css":   "body { color: red }",
		"ui/main.tsx": `import "./main.css"; import { render } from "kit"; import logo from "./logo.svg"
			render(<p title={logo}>{process.env.NODE_ENV}</p>); import("./late")`,
		"ui/late.ts":                    `export const late: string = "late"`,
		"ui/types.d.ts":                 `declare const nothing: string`,
		"ui/main.css":                   `@import "./more.css"; p { background: url(./logo.svg) }`,
		"ui/more.css":                   `i { top: 0 }`,
		"ui/logo.svg":                   `<svg/>`,
		"ui/plain.js":                   `plain()`,
		"tsconfig.json":                 `{"compilerOptions":{"jsx":"react-jsx","jsxImportSource":"kit"}}`,
		"node_modules/kit/package.json": `{"name":"kit","exports":{".":"./kit.js","./jsx-runtime":"./kit.js"}}`,
		"node_modules/kit/kit.js":       `export const render = (x) => x, jsx = (...all) => ({ all })`,
	})
	result := built(t, b)

	names := slices.Sorted(maps.Keys(result.Files))
	require.Len(t, names, 8, "%v", names)
	assert.Regexp(t, `^ui/assets/logo-\w+\.svg$`, names[0])
	assert.Regexp(t, `^ui/chunks/late-\w+\.js$`, names[1])
	assert.Regexp(t, `^ui/chunks/late-\w+\.js\.map$`, names[2])
	assert.Equal(t, []string{"ui/index.html", "ui/main.css", "ui/main.css.map", "ui/main.js", "ui/main.js.map"}, names[3:])
	assert.Equal(t, []string{"ui/late.ts", "ui/main.tsx", "ui/types.d.ts"}, result.Hidden)
	assert.Equal(t, []string{"node_modules/kit/kit.js", "ui/index.html", "ui/late.ts", "ui/logo.svg",
		"ui/main.css", "ui/main.tsx", "ui/more.css"}, result.Inputs)

	script := string(result.Files["ui/main.js"])
	assert.Contains(t, script, `"development"`)
	assert.Contains(t, script, "//# sourceMappingURL=main.js.map")
	assert.NotContains(t, script, "<p")
	assert.Contains(t, string(result.Files["ui/main.css"]), "top: 0")
	assert.True(t, json.Valid(result.Files["ui/main.js.map"]))
	assert.Equal(t, "<!DOCTYPE html>\r\n<link REL=stylesheet href='base.css'>\n"+
		`<link rel="stylesheet" href="main.css"><script type=module src="main.js?v=1" defer></script><p class=a>é &amp; <b`,
		string(result.Files["ui/index.html"]))
}

func TestBundler_makes_JSX_the_automatic_way_unless_tsconfig_says_otherwise(t *testing.T) {
	files := map[string]string{"ui/index.html": sourcePage, "ui/main.tsx": "declare const h: any; export default <p/>",
		"node_modules/react/jsx-runtime.js": "export const jsx = () => 'automatic'"}
	automatic, _ := bundler(t, event.UI, files)
	assert.Contains(t, string(built(t, automatic).Files["ui/main.js"]), "automatic")
	files["tsconfig.json"] = `{"compilerOptions":{"jsx":"react","jsxFactory":"h"}}`
	classic, _ := bundler(t, event.UI, files)
	assert.Contains(t, string(built(t, classic).Files["ui/main.js"]), `h("p"`)
}

func TestBundler_leaves_alone_what_browsers_load_as_it_is(t *testing.T) {
	for name, c := range map[string]struct {
		page, script, style string
		made                []string
	}{
		"plain scripts and styles": {`<script src="a.js"></script><script type=module src="a.js"></script><link rel=stylesheet href="a.css">`,
			`import "./b.js"; import "https://cdn.test/x.js"`, `@import "https://cdn.test/x.css"; a { background: url(x.png) }`, nil},
		"files that are elsewhere":  {`<script src="https://cdn.test/a.ts"></script><script src="//cdn.test/a.ts"></script><link rel=icon href="a.css"><script src="../../x.ts"></script>`, "", `@import "b.css"`, nil},
		"what is no tag":            {`<!-- <script src="a.js"></script> --><textarea><script type=module src=a.js></script></textarea>`, `import "kit"`, "", nil},
		"packages of an import map": {`<script type=importmap>{}</script><script type=module src="a.js"></script>`, `import "kit"`, "", nil},
		"a package":                 {`<script type=module src="a.js"></script>`, `import "./b.js"`, "", []string{"ui/a.js", "ui/a.js.map"}},
		"styles of several files":   {`<link rel="alternate stylesheet" href="/a.css">`, "", `@import url(b.css);`, []string{"ui/a.css", "ui/a.css.map", "ui/index.html"}},
	} {
		t.Run(name, func(t *testing.T) {
			other := "export {}"
			if name == "a package" {
				other = `import "kit"`
			}
			b, dir := bundler(t, event.UI, map[string]string{"ui/index.html": c.page, "ui/a.js": c.script, "ui/b.js": other,
				"ui/a.css": c.style, "ui/b.css": "", "node_modules/kit/index.js": "kit()"})
			assert.Equal(t, c.made, slices.Sorted(maps.Keys(built(t, b).Files)))
			assert.Equal(t, c.made != nil, b.plan.UI.Kind == Bundled)
			assert.FileExists(t, filepath.Join(dir, "ui/a.js"))
		})
	}
}

func TestBundler_rewrites_each_page_to_its_own_place(t *testing.T) {
	b, _ := bundler(t, event.UI, map[string]string{
		"ui/index.html":      `<script src="/app.ts"></script>`,
		"ui/deep/other.html": `<script data-src="x" src='../app.ts' type=module></script><script src="../../lib/tool.ts"></script>`,
		"ui/app.ts":          `console.log(1)`,
		"ui/app.css":         `a {}`,
		"ui/third.html":      `<link rel=stylesheet href=app.css>`,
		"lib/tool.ts":        `console.log(2)`,
	})
	files := built(t, b).Files
	assert.Equal(t, `<script src="app.bundle.js"></script>`, string(files["ui/index.html"]), "app.css is another page's own")
	assert.Equal(t, `<script data-src="x" src="../app.bundle.js" type=module></script><script src="../lib/tool.js"></script>`,
		string(files["ui/deep/other.html"]))
	assert.NotContains(t, files, "ui/third.html")
	assert.Contains(t, string(files["ui/lib/tool.js"]), "(() => {", "a classic script is complete")
}

func TestBundler_says_where_a_source_is_wrong(t *testing.T) {
	b, dir := bundler(t, event.UI, map[string]string{"ui/index.html": sourcePage,
		"ui/main.tsx": "const ä = 1;\nconst ö = \"äö\", b = ;\nexport {};\n", "yarn.lock": ""})
	result := b.Build(t.Context())
	require.Len(t, result.Problems, 1)
	assert.False(t, result.OK())
	assert.Nil(t, result.Inputs)
	assert.Equal(t, event.Problem{File: "ui/main.tsx", Line: 2, Column: 21, Message: `Unexpected ";"`, Code: CodeFailed,
		Frame: "  1 | const ä = 1;\n> 2 | const ö = \"äö\", b = ;\n    |                     ^\n  3 | export {};\n  4 | "}, result.Problems[0])

	write(t, dir, "ui/main.tsx", "import '@a/b/c'; import './gone'\nimport { x } from './other'\nx = 1; if (x === -0) {}")
	write(t, dir, "ui/other.ts", "export const y = 1")
	result = b.Build(t.Context())
	require.Len(t, result.Problems, 3)
	texts := map[string]string{}
	for _, p := range result.Problems {
		texts[p.Message] = p.Fix
	}
	assert.Equal(t, "check the name, or install it: yarn install @a/b", texts[`Could not resolve "@a/b/c"`])
	assert.Contains(t, texts, `Could not resolve "./gone"`)

	write(t, dir, "ui/main.tsx", "export const odd = (x: number) => x === -0")
	result = built(t, b)
	require.Len(t, result.Warnings, 1)
	assert.Equal(t, "equals-negative-zero", result.Warnings[0].Code)
}

func TestBundler_misses_a_source_that_a_page_names(t *testing.T) {
	b, dir := bundler(t, event.UI, map[string]string{"ui/index.html": "<!doctype html>\n" + sourcePage})
	result := b.Build(t.Context())
	require.Len(t, result.Problems, 1)
	assert.Equal(t, "ui/index.html:2: main.tsx is not there", result.Problems[0].String())
	assert.Equal(t, CodeMissing, result.Problems[0].Code)
	write(t, dir, "ui/main.tsx", "late()")
	assert.Contains(t, built(t, b).Files, "ui/main.js", "the entries are looked for in each build")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "ui")))
	assert.Empty(t, built(t, b).Files)
}

func TestBundler_gives_the_handler_that_the_developers_own_esbuild_makes(t *testing.T) {
	dir := hello(t)
	plan, err := Detect(dir, Overrides{})
	require.NoError(t, err)
	b := NewBundler(plan, event.Handler)
	t.Cleanup(b.Close)
	result := built(t, b)

	cmd := exec.CommandContext(t.Context(), "npm", "run", "-s", "bundle")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	theirs, err := os.ReadFile(filepath.Join(dir, "dist/handler.js"))
	require.NoError(t, err)
	assert.Equal(t, string(theirs), string(result.Files["dist/handler.js"]))
	assert.Equal(t, []string{"dist/handler.js"}, slices.Collect(maps.Keys(result.Files)))
	assert.Equal(t, []string{"src/guestbook.ts", "src/handler.ts", "src/http.ts"}, result.Inputs)
	var mapped struct{ Sources []string }
	require.NoError(t, json.Unmarshal(result.SourceMap, &mapped))
	assert.ElementsMatch(t, []string{"../src/guestbook.ts", "../src/http.ts", "../src/handler.ts"}, mapped.Sources)
}

func TestBundler_without_a_handler_says_so(t *testing.T) {
	b, dir := bundler(t, event.Handler, map[string]string{"src/handler.ts": "export const handler = 1"})
	built(t, b)
	require.NoError(t, os.Remove(filepath.Join(dir, "src/handler.ts")))
	result := b.Build(t.Context())
	require.Len(t, result.Problems, 1)
	assert.Equal(t, CodeNoEntry, result.Problems[0].Code)
}

func TestBundler_gives_up_when_its_context_ends(t *testing.T) {
	b, _ := bundler(t, event.Handler, map[string]string{"src/handler.ts": "export const handler = 1"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	result := b.Build(ctx)
	assert.True(t, result.Superseded)
	assert.False(t, result.OK())
	assert.Empty(t, result.Files)
	built(t, b)
}

func TestBundler_names_inputs_below_the_folder_also_through_a_link(t *testing.T) {
	dir := folder(t, map[string]string{"src/handler.ts": "export const handler = 1"})
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))
	plan, err := Detect(link, Overrides{})
	require.NoError(t, err)
	b := NewBundler(plan, event.Handler)
	defer b.Close()
	result := built(t, b)
	assert.Equal(t, []string{"src/handler.ts"}, result.Inputs)
	assert.Contains(t, result.Files, "dist/handler.js")
}

func TestBundler_sees_each_save(t *testing.T) {
	b, dir := bundler(t, event.UI, map[string]string{"ui/index.html": sourcePage, "ui/main.tsx": ""})
	for _, text := range []string{"one()", "two()", "one()"} {
		write(t, dir, "ui/main.tsx", text)
		assert.True(t, bytes.Contains(built(t, b).Files["ui/main.js"], []byte(text)))
	}
}

func FuzzPage_rewrite_keeps_what_it_does_not_replace(f *testing.F) {
	for _, seed := range []string{sourcePage, "<!doctype html>\r\n<script src='main.tsx'", "<script src=main.tsx/>\x00</script><plaintext>",
		"<SCRIPT\tdata=\"a'\" SRC = main.tsx async>", "<script src=main.tsx src=b.tsx>", "<script/src=\"main.tsx\">"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := scan("ui/index.html", []byte(text))
		assert.Equal(t, text, string(p.rewrite(nil, nil)))
		outputs := map[string]string{}
		for _, r := range p.refs {
			outputs[r.file] = "ui/made.js"
		}
		again := scan("ui/index.html", p.rewrite(outputs, nil))
		require.Len(t, again.refs, len(p.refs))
		for _, r := range again.refs {
			assert.Equal(t, "ui/made.js", r.file)
		}
	})
}
