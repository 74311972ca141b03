package bundle

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func TestCheck_finds_nothing_wrong_with_what_production_serves(t *testing.T) {
	files := memoryFiles(map[string]string{"manifest.json": "{}", "dist/main.wasm": "x"})
	assert.Empty(t, Check(files, Expectations{}), "an extension may have no UI")
	for _, name := range []string{"index.html", "a.js", "a.css", "a.json", "a.js.map", "a.svg", "a.png", "a.jpg", "a.jpeg", "a.webp", "a.woff", "a.woff2", "LICENSE", "UP.PNG"} {
		files["ui/"+name] = &fstest.MapFile{}
	}
	assert.Empty(t, Check(files, Expectations{UI: true, Capabilities: []string{"cap:http.fetch"}}))
}

func TestCheck_warns_of_files_that_production_refuses_or_loses(t *testing.T) {
	tests := map[string]struct{ file, code, says, fix string }{
		"icon":              {"ui/favicon.ico", codeTypeRefused, ".ico", ".png"},
		"gif":               {"ui/a.gif", codeTypeRefused, ".gif", ".webp"},
		"text":              {"ui/a.txt", codeTypeRefused, ".txt", ".json"},
		"font":              {"ui/a.ttf", codeTypeRefused, ".ttf", ".woff2"},
		"wasm":              {"ui/a.wasm", codeTypeRefused, ".wasm", "base64"},
		"module":            {"ui/a.mjs", codeTypeRefused, ".mjs", ".js"},
		"htm":               {"ui/a.htm", codeTypeRefused, ".htm", ".html"},
		"unknown":           {"ui/a.xyz", codeTypeRefused, ".xyz", "remove"},
		"upper case":        {"ui/A.ICO", codeTypeRefused, ".ICO", ".png"},
		"hidden":            {"ui/.well-known/x.json", codePathRefused, "begins with a dot", "rename"},
		"dot at the end":    {"ui/a./x.js", codePathRefused, "ends in a dot", "rename"},
		"backslash":         {`ui/a\b.js`, codePathRefused, "backslash", "rename"},
		"control character": {"ui/a\nb.js", codePathRefused, "control character", "rename"},
		"large":             {"ui/big.js", codeTooLarge, "11 bytes, and production serves 10", "EXT_STATIC_MAX_FILE_BYTES"},
		"case":              {"ui/index.HTML", codeNameClash, "from ui/index.HTML only in case", "rename"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			content := ""
			if test.code == codeTooLarge {
				content = "12345678901"
			}
			files := memoryFiles(map[string]string{"manifest.json": "{}", "ui/index.html": "", test.file: content})
			problems := Check(files, Expectations{MaxFileBytes: 10})
			require.Len(t, problems, 1, problems)
			assert.Equal(t, test.code, problems[0].Code)
			assert.Contains(t, problems[0].Message, test.says)
			assert.Contains(t, problems[0].Fix, test.fix)
			assert.Contains(t, []string{test.file, "ui/.well-known", "ui/a.", "ui/index.html"}, problems[0].File)
		})
	}
}

func TestCheck_names_files_that_cannot_be_opened_by_their_name(t *testing.T) {
	p := newProject(t)
	p.write(t, "ui/a\xff.js", "x")
	problems := Check(p.files(t), Expectations{UI: true})
	require.Len(t, problems, 1, problems)
	assert.Equal(t, codePathRefused, problems[0].Code)
	assert.Equal(t, "ui/a\uFFFD.js", problems[0].File)
	assert.NotContains(t, contents(t, p.make(t, NewMaker("")).Files()), "ui/a\xff.js")
}

func TestCheck_misses_the_page_that_hosts_open(t *testing.T) {
	want := []string{codeNoIndex}
	assert.Equal(t, want, codes(Check(memoryFiles(map[string]string{"manifest.json": "{}"}), Expectations{UI: true})))
	assert.Equal(t, want, codes(Check(memoryFiles(map[string]string{"ui/main.html": ""}), Expectations{})))
	assert.Equal(t, want, codes(Check(memoryFiles(map[string]string{"ui/index.html/x.js": ""}), Expectations{UI: true})))
}

func TestCheck_names_capabilities_that_the_handler_needs_and_the_manifest_lacks(t *testing.T) {
	files := memoryFiles(map[string]string{"manifest.json": "{\n  \"name\": \"x\",\n  \"capabilities\": [\"cap:http.fetch\"]\n}"})
	imports := []guest.Import{}
	for _, call := range [][2]string{{"storage", "put"}, {"storage", "get"}, {"storage", "get"}, {"http", "fetch"}, {"logging", "log-info"}, {"secrets", "get"}} {
		imports = append(imports, guest.Import{Package: "alga:extension", Interface: call[0], Function: call[1]})
	}
	imports = append(imports, guest.Import{Package: "wasi:clocks", Interface: "wall-clock", Function: "now"})
	problems := Check(files, Expectations{Capabilities: []string{" CAP:http.fetch"}, Imports: imports})
	require.Len(t, problems, 2)
	assert.Equal(t, event.Problem{
		Code: "capability_undeclared", File: "manifest.json", Line: 3,
		Message: "the handler can call secrets.get, which will be denied: cap:secrets.get is not declared",
		Fix:     `add "cap:secrets.get" to "capabilities" in manifest.json, or remove the import from the handler`,
	}, problems[0])
	assert.Contains(t, problems[1].Message, "storage.get, storage.put")
	problems = Check(memoryFiles(map[string]string{"manifest.json": "{}"}), Expectations{Imports: imports[:1]})
	assert.Zero(t, problems[0].Line)
}

func codes(problems []event.Problem) (list []string) {
	for _, problem := range problems {
		list = append(list, problem.Code)
	}
	return list
}
