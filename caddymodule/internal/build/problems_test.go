package build

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParse_reads_what_tools_print(t *testing.T) {
	dir := folder(t, map[string]string{"src/a.ts": "one\ntwo\nthree\n"})
	for name, c := range map[string]struct {
		output             string
		problems, warnings []string
	}{
		"esbuild": {`
✘ [ERROR] Expected ";" but found "x"

    src/a.ts:2:4:
      2 │ two x
        ╵     ^

▲ [WARNING] Import "y" will always be undefined [import-is-undefined]

    src/a.ts:1:0:
      1 │ one

1 error`, []string{`src/a.ts:2:5: Expected ";" but found "x"`}, []string{`src/a.ts:1:1: Import "y" will always be undefined [import-is-undefined]`}},
		"tsc":                    {"src/a.ts(1,2): error TS2322: Type 'x' is not assignable.\n  Because of y.", []string{"src/a.ts:1:2: TS2322: Type 'x' is not assignable."}, nil},
		"tsc pretty":             {"src/a.ts:3:9 - error TS1005: ';' expected.\n\n3 three\n  ~~\n\nFound 1 error in src/a.ts:3", []string{"src/a.ts:3:9: TS1005: ';' expected."}, nil},
		"rollup":                 {"error during build:\nsrc/a.ts (2:3): \"x\" is not exported by \"b.ts\", imported by \"a.ts\".\nfile: " + dir + "/src/a.ts:2:3\n    at getRollupError (file:///x/parseAst.js:401:41)", []string{`src/a.ts:2:3: "x" is not exported by "b.ts", imported by "a.ts".`}, nil},
		"rollup, the place last": {"error during build:\nRollupError: Expected a semicolon\nfile: " + dir + "/src/a.ts:2:3", []string{"src/a.ts:2:3: RollupError: Expected a semicolon"}, nil},
		"vite":                   {"[vite:esbuild] Transform failed with 1 error:\n" + dir + "/src/a.ts:1:3: ERROR: Unexpected \"x\"", []string{`src/a.ts:1:4: Unexpected "x"`}, nil},
		"componentize":           {"Error: SyntaxError: expected expression (source.js:2:1)\nsource.js:2:1: bad", []string{"source.js:2:1: SyntaxError: expected expression", "source.js:2:1: bad"}, nil},
		"go":                     {"# example\n./main.go:7:2: undefined: x\nmain.go:9: syntax error", []string{"main.go:7:2: undefined: x", "main.go:9: syntax error"}, nil},
		"gcc":                    {"a.c:1:2: error: expected ';'\na.c:3:4: warning: unused", []string{"a.c:1:2: expected ';'"}, []string{"a.c:3:4: unused"}},
		"elsewhere":              {"/usr/include/x.h:1:2: error: odd", []string{"/usr/include/x.h:1:2: odd"}, nil},
		"what is none":           {"10:20:30: done\nlistening on http://127.0.0.1:80:1: x\nnode:child_process:930\n    at f (file:///a/b.js:1:2)\n  at /a/b.js:1:2", nil, nil},
		"the same twice":         {strings.Repeat("src/a.ts(1,2): error TS1: x\n", 3), []string{"src/a.ts:1:2: TS1: x"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(dir, dir, strings.Split(c.output, "\n"))
			var problems, warnings []string
			for _, p := range got.problems {
				problems = append(problems, p.String())
				assert.Equal(t, p.File == "src/a.ts", p.Frame != "")
			}
			for _, p := range got.warnings {
				warnings = append(warnings, p.String())
			}
			assert.Equal(t, c.problems, problems)
			assert.Equal(t, c.warnings, warnings)
		})
	}
}

func TestParse_bounds_what_one_build_reports(t *testing.T) {
	var output []string
	for range 50 {
		output = append(output, strings.Repeat("x", len(output)+1)+".ts(1,2): error TS1: x")
	}
	assert.Len(t, parse("/src", t.TempDir(), output).problems, mostProblems)
}

func TestFrame_shows_the_place_in_numbered_lines(t *testing.T) {
	text := "1\n2\n3\n4\n5\n6\n7\n8\n9\n\tab\r\nlast"
	assert.Equal(t, "   8 | 8\n   9 | 9\n> 10 |  ab\n     |   ^\n  11 | last", frame(text, 10, 3))
	assert.Equal(t, "> 1 | 1\n  2 | 2\n  3 | 3", frame(text, 1, 0))
	assert.Empty(t, frame(text, 12, 1), "the file is another by now")
}

func FuzzParse_takes_anything(f *testing.F) {
	f.Add("src/a.ts(1,2): error TS1: x\n✘ [ERROR] y\n  a.b:1:2:")
	f.Fuzz(func(t *testing.T, output string) {
		got := parse("/src", t.TempDir(), strings.Split(output, "\n"))
		assert.LessOrEqual(t, len(got.problems), mostProblems)
	})
}
