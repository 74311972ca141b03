package main

import (
	"os"
	"os/exec"
	"path/filepath"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func goodNode(w *ward, _ finding) { w.withNode("echo v22.0.0", "echo 10.0.0") }

// What is wrong with Node and its packages.
var nodeFaults = []provoked{
	{"node_missing", stateWrong, `"node": executable file not found`, func(w *ward) { w.withNode("", "") }, goodNode},
	{"node_old", stateWrong, `says v16\.20\.2`, func(w *ward) { w.withNode("echo v16.20.2", "echo 8.19.4") }, goodNode},
	{"npm_missing", stateWrong, `"npm": executable file not found`, func(w *ward) { w.withNode("echo v22.0.0", "") }, goodNode},
	{"packages_missing", stateWrong, `missing: y$`, lockPackages, func(w *ward, f finding) {
		fix(w, f)
		assert.FileExists(w.t, w.at("node_modules/y/package.json"))
	}},
	{"componentize_untested", stateWarning, `componentize-js 0\.1\.0 is not one of the tested`, func(w *ward) {
		w.withNode("echo v22.0.0", "echo 10.0.0")
		w.write("node_modules/"+componentize+"/package.json", `{"version":"0.1.0"}`)
	}, mending(testedComponentize)},
}

// lockPackages asks for a package, and writes the lockfile that has it.
func lockPackages(w *ward) {
	hello(w.t) // or skip: there is no Node
	w.write("package.json", `{"name":"x","version":"1.0.0","dependencies":{"y":"file:y"}}`)
	w.write("y/package.json", `{"name":"y","version":"1.0.0"}`)
	lock := exec.CommandContext(w.t.Context(), "npm", "install", "--package-lock-only", "--no-audit", "--no-fund")
	lock.Dir = w.dir
	out, err := lock.CombinedOutput()
	require.NoError(w.t, err, "%s", out)
}

// testedComponentize puts the version of the example in the other's place.
func testedComponentize(w *ward) {
	good, err := filepath.Abs(filepath.Join(hello(w.t), "node_modules"))
	require.NoError(w.t, err)
	w.remove("node_modules")
	require.NoError(w.t, os.Symlink(good, w.at("node_modules")))
}

// withNode makes the extension one of npm, and gives it a PATH with nothing
// else than these programs.
func (w *ward) withNode(node, npm string) {
	w.t.Helper()
	w.write("package.json", `{"devDependencies":{"`+componentize+`":"*"}}`)
	bin := w.t.TempDir()
	for name, script := range map[string]string{"node": node, "npm": npm} {
		if script != "" {
			require.NoError(w.t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
		}
	}
	w.environ("PATH=" + bin)
}
