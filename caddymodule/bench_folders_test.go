// bench_folders_test.go contains the extensions that the benchmarks of the
// change loop save.

package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// uiManifest is of an extension without a handler.
const uiManifest = `{"name":"hello","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`

// folderOf writes an extension of the files given.
func folderOf(b *testing.B, files map[string]string) string {
	b.Helper()
	dir := b.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(b, os.MkdirAll(filepath.Dir(path), 0o755))
		overwrite(b, path, []byte(content))
	}
	return dir
}

// staticFolder is a UI that needs no build.
func staticFolder(b *testing.B) string {
	b.Helper()
	return folderOf(b, map[string]string{
		"manifest.json": uiManifest,
		"ui/index.html": "<!DOCTYPE html>\n<title>Hello</title>\n<link rel=stylesheet href=style.css>\n<p>Hello\n",
		"ui/style.css":  "p { color: rgb(0, 0, 0) }\n",
	})
}

// modules is how many the bundled UI has.
const modules = 200

// bundledFolder is a UI of TSX modules, each with a component of some lines.
func bundledFolder(b *testing.B) string {
	b.Helper()
	files := map[string]string{
		"manifest.json":                   uiManifest,
		"ui/index.html":                   "<!DOCTYPE html>\n<script type=module src=main.tsx></script>\n",
		"tsconfig.json":                   `{"compilerOptions":{"jsx":"react-jsx","jsxImportSource":"kit"}}`,
		"node_modules/kit/package.json":   `{"name":"kit"}`,
		"node_modules/kit/jsx-runtime.js": "export const jsx = (...all) => all, jsxs = jsx",
	}
	var main strings.Builder
	for n := range modules {
		fmt.Fprintf(&main, "import { Part%d } from './parts/part%d';\nconsole.log(Part%d({ names: [] }));\n", n, n, n)
		files[fmt.Sprintf("ui/parts/part%d.tsx", n)] = component(n)
	}
	files["ui/main.tsx"] = main.String()
	return folderOf(b, files)
}

func component(n int) string {
	var part strings.Builder
	fmt.Fprintf(&part, "export interface Props { names: string[] }\nexport function Part%d({ names }: Props) {\n", n)
	for line := range 20 {
		fmt.Fprintf(&part, "  const list%d = names.map((name) => <li key={name} title=\"%d\">{name}</li>);\n", line, line)
	}
	part.WriteString("  return <ul>{list0}{list19}</ul>;\n}\n")
	return part.String()
}

// handlerFolder is a copy of the example, with the packages that it installed.
func handlerFolder(b *testing.B) string {
	b.Helper()
	example, err := filepath.Abs(filepath.Join("..", "examples", "hello"))
	require.NoError(b, err)
	packages := filepath.Join(example, "node_modules")
	if _, err := os.Stat(filepath.Join(packages, "@bytecodealliance", "componentize-js")); err != nil {
		lacking(b, "the example's packages are not installed: run ./scripts/example")
	}
	dir := b.TempDir()
	for _, name := range []string{"manifest.json", "package.json", "tsconfig.json"} {
		overwrite(b, filepath.Join(dir, name), contentOf(b, filepath.Join(example, name)))
	}
	for _, name := range []string{"src", "ui", "wit"} {
		require.NoError(b, os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(example, name))))
	}
	require.NoError(b, os.Symlink(packages, filepath.Join(dir, "node_modules")))
	return dir
}
