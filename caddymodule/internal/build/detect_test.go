package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

const (
	plainPage  = `<script src="a.js"></script>`
	sourcePage = `<script type="module" src="main.tsx"></script>`
)

func TestDetect_finds_how_each_target_is_made(t *testing.T) {
	for name, c := range map[string]struct {
		files     map[string]string
		overrides Overrides
		describes string
	}{
		"an empty folder": {nil, Overrides{}, "ui: as it is, handler: as it is"},
		"plain files":     {map[string]string{"ui/index.html": plainPage, "dist/main.wasm": ""}, Overrides{}, "ui: as it is, handler: as it is"},
		"sources without a build": {map[string]string{"ui/index.html": sourcePage, "ui/main.tsx": "", "src/handler.ts": ""}, Overrides{},
			"ui: esbuild, handler: esbuild (src/handler.ts)"},
		"a page whose source is still to be written": {map[string]string{"ui/index.html": sourcePage}, Overrides{}, "ui: esbuild, handler: as it is"},
		"a source that a page loads is no handler": {map[string]string{
			"ui/index.html": `<script type="module" src="../src/index.ts"></script>`, "src/index.ts": ""}, Overrides{}, "ui: esbuild, handler: as it is"},
		"scripts of their own": {map[string]string{"package.json": `{"scripts":{"build:ui":"vite build","build:handler":"x","build":"y"}}`}, Overrides{},
			"ui: npm run -s build:ui (package.json, script build:ui), handler: npm run -s build:handler (package.json, script build:handler)"},
		"one script for both": {map[string]string{"package.json": `{"scripts":{"build":"vite build && jco componentize x"}}`, "pnpm-lock.yaml": ""}, Overrides{},
			"ui: by the same command, handler: pnpm --silent run build (package.json, script build)"},
		"a script for the UI": {map[string]string{"package.json": `{"scripts":{"build":"tsc && vite build"},"packageManager":"yarn@4.1.0"}`}, Overrides{},
			"ui: yarn run build (package.json, script build), handler: as it is"},
		"a script that makes the handler through others": {map[string]string{"ui/index.html": plainPage, "bun.lock": "",
			"package.json": `{"scripts":{"build":"bun run bundle && bun run component","bundle":"esbuild a","component":"jco componentize b"}}`}, Overrides{},
			"ui: as it is, handler: bun run --silent build (package.json, script build)"},
		"a script of unknown purpose, with a handler": {map[string]string{"package.json": `{"scripts":{"build":"make"}}`, "handler.js": ""}, Overrides{},
			"ui: by the same command, handler: npm run -s build (package.json, script build)"},
		"scripts that run each other": {map[string]string{"package.json": `{"scripts":{"build":"npm run build"}}`}, Overrides{},
			"ui: npm run -s build (package.json, script build), handler: as it is"},
		"build off": {map[string]string{"src/handler.ts": "", "package.json": `{`}, Overrides{Off: true}, "ui: as it is (build off), handler: as it is (build off)"},
		"build":     {map[string]string{"package.json": `{"scripts":{"build:ui":"x"}}`}, Overrides{Build: "make all"}, "ui: by the same command, handler: make all (build)"},
		"a container for the scripts": {map[string]string{"package.json": `{"scripts":{"build:handler":"x"}}`}, Overrides{Container: &Container{Image: "node:22"}},
			"ui: as it is, handler: npm run -s build:handler (package.json, script build:handler in node:22)"},
		"a container with a command": {map[string]string{"package.json": `{"scripts":{"build":"x","build:ui":"y"}}`}, Overrides{Container: &Container{Service: "web", Command: []string{"make", "all"}}},
			"ui: by the same command, handler: make all (build_container in service:web)"},
		"a container beside build_ui": {nil, Overrides{UI: "make ui", Container: &Container{Image: "x", Command: []string{"make wasm"}}},
			"ui: make ui (build_ui in x), handler: make wasm (build_container in x)"},
		"build_ui and build_handler": {nil, Overrides{UI: "make ui", Handler: "make wasm"},
			"ui: make ui (build_ui), handler: make wasm (build_handler)"},
		"build_ui beside a script": {map[string]string{"package.json": `{"scripts":{"build:handler":"x"}}`}, Overrides{UI: "make ui"},
			"ui: make ui (build_ui), handler: npm run -s build:handler (package.json, script build:handler)"},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := Detect(folder(t, c.files), c.overrides)
			require.NoError(t, err)
			assert.Equal(t, c.describes, plan.Describe())
		})
	}
}

func TestDetect_knows_the_example(t *testing.T) {
	plan, err := Detect("../../../examples/hello", Overrides{})
	require.NoError(t, err)
	assert.Equal(t, "ui: as it is, handler: npm run -s build (package.json, script build)", plan.Describe())
	assert.Equal(t, "src/handler.ts", plan.HandlerEntry)
	assert.Equal(t, []string{"node_modules/", "/dist/"}, plan.Ignore())
	assert.Equal(t, []event.Target{event.Handler}, plan.Targets())
}

func TestDetect_takes_the_lockfile_of_the_workspace_but_not_of_what_lies_around_it(t *testing.T) {
	script := `{"scripts":{"build":"x"}}`
	dir := folder(t, map[string]string{"yarn.lock": "", "repo/.git/HEAD": "", "repo/pnpm-lock.yaml": "", "repo/a/package.json": script,
		"other/.git/HEAD": "", "other/a/package.json": script})
	inside, err := Detect(dir+"/repo/a", Overrides{})
	require.NoError(t, err)
	assert.Equal(t, "pnpm", inside.UI.Command.Args[0])
	outside, err := Detect(dir+"/other/a", Overrides{})
	require.NoError(t, err)
	assert.Equal(t, "npm", outside.UI.Command.Args[0])
}

func TestDetect_says_where_settings_are_wrong(t *testing.T) {
	var wrong *Error
	_, err := Detect(folder(t, map[string]string{"package.json": "{\n  \"scripts\": {,}\n}\n"}), Overrides{})
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, CodeSettings, wrong.Problem.Code)
	assert.Equal(t, []int{2, 15}, []int{wrong.Problem.Line, wrong.Problem.Column})
	assert.Contains(t, wrong.Problem.Frame, ">")

	for _, entry := range []string{"src/gone.ts", "../outside.ts"} {
		_, err = Detect(folder(t, nil), Overrides{HandlerEntry: entry})
		require.ErrorAs(t, err, &wrong, entry)
		assert.Equal(t, CodeNoEntry, wrong.Problem.Code)
		assert.Contains(t, err.Error(), "Caddyfile")
	}
}

func TestPlan_Ignore_names_what_commands_write(t *testing.T) {
	plan, err := Detect(folder(t, nil), Overrides{Build: "make", Outputs: []string{"./ui/gen/", "dist/", "/src/version.ts"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"node_modules/", "/dist/", "/ui/gen/", "/src/version.ts"}, plan.Ignore())
	plain, err := Detect(folder(t, nil), Overrides{})
	require.NoError(t, err)
	assert.Equal(t, []string{"node_modules/"}, plain.Ignore(), "somebody else builds into dist/")
}

func TestPlan_Redetect_is_for_what_changes_the_plan(t *testing.T) {
	plan, err := Detect(folder(t, map[string]string{"ui/index.html": plainPage, "src/handler.ts": ""}), Overrides{})
	require.NoError(t, err)
	for _, name := range []string{"package.json", "tsconfig.json", "pnpm-lock.yaml", "ui/index.html", "ui/a.js"} {
		assert.True(t, plan.Redetect(name), name)
	}
	for _, name := range []string{"src/handler.ts", "src/other.ts", "README.md", "docs/page.html", "handler.ts"} {
		assert.False(t, plan.Redetect(name), name)
	}
	write(t, plan.Dir, "handler.ts", "")
	assert.True(t, plan.Redetect("handler.ts"), "another source came")
}

func TestDetect_refuses_a_container_without_a_command(t *testing.T) {
	_, err := Detect(t.TempDir(), Overrides{Container: &Container{Image: "node:22"}})
	var told *Error
	require.ErrorAs(t, err, &told)
	assert.Equal(t, CodeSettings, told.Problem.Code)
	assert.Contains(t, told.Problem.Fix, "`command`")
}

func TestDetect_takes_what_a_container_gives_back_for_outputs(t *testing.T) {
	plan, err := Detect(t.TempDir(), Overrides{Outputs: []string{"a"}, Container: &Container{Image: "x", Command: []string{"make"}, Outputs: []string{"ui/made"}}})
	require.NoError(t, err)
	assert.Equal(t, []string{"dist/", "a", "ui/made"}, plan.Outputs)
	assert.Empty(t, plan.Affects("ui/made/x.js").Targets)
}
