package build

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// modules is the size of the UI that is measured.
const modules = 200

// largeUI gives a UI of many modules, each with a component of some lines.
func largeUI() map[string]string {
	files := map[string]string{
		"ui/index.html":                   sourcePage,
		"tsconfig.json":                   `{"compilerOptions":{"jsx":"react-jsx","jsxImportSource":"kit"}}`,
		"node_modules/kit/package.json":   `{"name":"kit"}`,
		"node_modules/kit/jsx-runtime.js": "export const jsx = (...all) => all, jsxs = jsx",
	}
	var main strings.Builder
	for n := range modules {
		fmt.Fprintf(&main, "import { Part%d } from './parts/part%d';\nconsole.log(Part%d({ names: [] }));\n", n, n, n)
		var part strings.Builder
		fmt.Fprintf(&part, "export interface Props { names: string[] }\nexport function Part%d({ names }: Props) {\n", n)
		for line := range 20 {
			fmt.Fprintf(&part, "  const list%d = names.map((name) => <li key={name} title=\"%d\">{name}</li>);\n", line, line)
		}
		part.WriteString("  return <ul>{list0}{list19}</ul>;\n}\n")
		files[fmt.Sprintf("ui/parts/part%d.tsx", n)] = part.String()
	}
	files["ui/main.tsx"] = main.String()
	return files
}

// BenchmarkRebuild measures, turn by turn, a save of one module in ours and in
// bare esbuild with the same options; ratio is that of the medians.
func BenchmarkRebuild(b *testing.B) {
	ours, dir := bundler(b, event.UI, largeUI())
	pages, _, err := readUI(dir)
	require.NoError(b, err)
	options := uiOptions(dir, entriesOf(dir, pages), false)
	options.Metafile = false
	bare, failure := api.Context(options)
	require.Nil(b, failure)
	defer bare.Dispose()
	built(b, ours)
	require.Empty(b, bare.Rebuild().Errors)

	part := filepath.Join(dir, "ui/parts/part7.tsx")
	text, err := os.ReadFile(part)
	require.NoError(b, err)
	var their, our []time.Duration
	n := 0
	timed := func(list *[]time.Duration, build func()) {
		n++
		require.NoError(b, os.WriteFile(part, fmt.Appendf(text, "export const n = %d;\n", n), 0o644))
		began := time.Now()
		build()
		*list = append(*list, time.Since(began))
	}
	for b.Loop() {
		timed(&our, func() { ours.Build(b.Context()) })
		timed(&their, func() { bare.Rebuild() })
	}
	ourMedian, theirMedian := median(our), median(their)
	b.ReportMetric(ourMedian.Seconds()*1000, "ms/ours")
	b.ReportMetric(theirMedian.Seconds()*1000, "ms/bare")
	b.ReportMetric(ourMedian.Seconds()/theirMedian.Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
