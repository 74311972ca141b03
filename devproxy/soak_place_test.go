//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// soakPlace is what outlives every devproxy of a run: the extension, the app's
// program, the state folder, the engine and the line to it.
type soakPlace struct {
	t     *testing.T
	dir   string // the extension
	app   string // the program
	state string
	line  *line

	engine *spareEngine // that may be killed; nil where there is none but the user's

	ui, handler int // versions that were saved last
}

func newSoakPlace(t *testing.T) *soakPlace {
	t.Helper()
	p := &soakPlace{t: t, state: shortFolder(t), dir: filepath.Join(shortFolder(t), "extension"), app: filepath.Join(t.TempDir(), "app")}
	from := hello(t)
	if p.engine = newSpareEngine(t); p.engine != nil {
		p.line = newLineTo(t, p.engine.socket())
	} else {
		p.line = newLine(t)
	}
	for _, name := range []string{"src", "ui", "wit", "dist"} {
		require.NoError(t, os.CopyFS(filepath.Join(p.dir, name), os.DirFS(filepath.Join(from, name))))
	}
	for _, name := range []string{"manifest.json", "package.json", "tsconfig.json"} {
		content, err := os.ReadFile(filepath.Join(from, name))
		require.NoError(t, err)
		p.write(name, string(content))
	}
	packages, err := filepath.Abs(filepath.Join(from, "node_modules"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(packages, filepath.Join(p.dir, "node_modules")))
	p.edit("ui/index.html", `<script src="hello.js" defer>`, `<script src="version.ts" defer></script><script src="hello.js" defer>`)
	p.edit("src/handler.ts", "`Hello, ${name}!`", "`Hello, ${name}! ${version}`")
	p.edit("src/handler.ts", "\nconst LONGEST", "import { version } from \"./version\";\n\nconst LONGEST")
	p.saveUI()
	p.saveHandler()
	build := exec.Command("go", "build", "-ldflags", "-s -w -X main.build=app", "-o", p.app, "./testdata/service")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return p
}

func (p *soakPlace) write(name, content string) {
	p.t.Helper()
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, filepath.FromSlash(name)), []byte(content), 0o644))
}

func (p *soakPlace) edit(name, before, after string) {
	p.t.Helper()
	content, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(name)))
	require.NoError(p.t, err)
	require.Contains(p.t, string(content), before)
	p.write(name, strings.Replace(string(content), before, after, 1))
}

func (p *soakPlace) saveUI() {
	p.t.Helper()
	p.ui++
	p.write("ui/version.ts", fmt.Sprintf("(globalThis as { ui?: string }).ui = \"ui-%d\";\n", p.ui))
}

func (p *soakPlace) saveHandler() {
	p.t.Helper()
	p.handler++
	p.write("src/version.ts", fmt.Sprintf("export const version: string = \"handler-%d\";\n", p.handler))
}

// start runs devproxy with all of it on a port.
func (s *soak) start(port string) {
	s.t.Helper()
	cmd := exec.Command(binary(s.t), "up", "--port", port, "--backend", "docker", "--extension", s.place.dir, "--",
		"sh", "-c", `export HOST=127.0.0.1; while :; do "$0"; done`, s.place.app)
	cmd.Env = []string{"DOCKER_HOST=unix://" + s.place.line.socket}
	s.started = startIn(s.t, s.place.state, startLimit, cmd)
}
