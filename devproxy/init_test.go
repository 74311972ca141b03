package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
)

// written is a folder that `init` has filled.
func written(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "fresh")
	var out, errs bytes.Buffer
	require.Zero(t, run(append([]string{"init", dir, "--publisher", "acme"}, args...), &out, &errs), "%s", &errs)
	require.Contains(t, out.String(), "acme.fresh is written to ")
	return dir
}

// upIn starts devproxy in the folder, without a flag that names it.
func upIn(t *testing.T, program, dir string, args ...string) *started {
	t.Helper()
	cmd := exec.Command(program, append([]string{"up", "--port", "0"}, args...)...)
	cmd.Dir = dir
	return startWithin(t, startLimit, cmd)
}

func TestInit_writes_a_page_that_runs_at_once(t *testing.T) {
	s := upIn(t, binary(t), written(t))
	code, page := fetch(t, s.url+uiURL(t, s))
	assert.Equal(t, 200, code)
	assert.Contains(t, page, "<title>fresh</title>")
}

func TestInit_writes_a_handler_that_runs_at_once(t *testing.T) {
	dir := written(t, "--template", "ts-handler", "--caddyfile")
	packages, err := filepath.Abs(filepath.Join(hello(t), "node_modules"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(packages, filepath.Join(dir, "node_modules")), "npm ci would install the same, see below")
	s := upIn(t, binary(t), dir)
	s.waitForHandlers(t)
	assert.JSONEq(t, `{"greeting":"Hello, Ada!"}`, greetFresh(t, s))
	check := exec.CommandContext(t.Context(), "npm", "run", "--silent", "check")
	check.Dir = dir
	out, err := check.CombinedOutput()
	assert.NoError(t, err, "its types are right: %s", out)
}

func TestInit_writes_a_compose_file_that_runs_at_once(t *testing.T) {
	dockerEngine(t)
	hello(t) // or skip: there is no Node
	dir := written(t, "--compose")
	program, err := image.Binary(t.Context(), image.Options{}) // the image holds it, so it must be static
	require.NoError(t, err)
	s := upIn(t, program, dir, "--backend", "docker", "--file", "compose.yml")
	down := func() ([]byte, error) {
		cmd := exec.Command(program, "down", "-v") // not of the test's context, which has ended by the cleanup
		cmd.Dir, cmd.Env = s.cmd.Dir, s.cmd.Env
		return cmd.CombinedOutput()
	}
	t.Cleanup(func() { _, _ = down() }) // for a test that failed
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		res, err := http.Get(s.url + uiURL(t, s))
		if assert.NoError(c, err) {
			defer res.Body.Close()
			page, _ := io.ReadAll(res.Body)
			assert.Contains(c, string(page), "<title>fresh</title>")
		}
	}, startLimit, 100*time.Millisecond, "%s", s.output)
	members := membersOf(t, s)
	require.Len(t, members, 1)
	out, err := down()
	require.NoError(t, err, "%s", out)
	require.NoError(t, exec.Command("docker", "rmi", members[0].Image).Run(), "what the compose file built")
}

func uiURL(t *testing.T, s *started) string {
	t.Helper()
	_, body := fetch(t, s.url+"/__runner/extensions")
	var catalog struct {
		Extensions []struct {
			ID    string `json:"id"`
			UIURL string `json:"ui_url"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &catalog))
	require.Len(t, catalog.Extensions, 1)
	assert.Equal(t, "acme.fresh", catalog.Extensions[0].ID)
	return catalog.Extensions[0].UIURL
}

func greetFresh(t *testing.T, s *started) string {
	t.Helper()
	res, err := http.Post(s.url+"/api/ext/acme.fresh/greet", "application/json", strings.NewReader(`{"name":"Ada"}`))
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body)
}

func TestInit_overwrites_nothing_and_names_what_is_there(t *testing.T) {
	mine := map[string]string{"ui/style.css": "mine"}
	code, out, errs := inFolder(t, mine, "init")
	assert.Equal(t, exitUsage, code)
	assert.Empty(t, out)
	assert.Contains(t, errs, "files_exist: . has ui/style.css already; nothing was written")
	left, err := os.ReadFile("ui/style.css")
	require.NoError(t, err)
	assert.Equal(t, "mine", string(left))
	assert.NoFileExists(t, "manifest.json")
}

func TestInit_refuses_what_a_manifest_would(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"--template uii", "did you mean --template ui?"},
		{"--name a.b", `--name "a.b" is none`},
		{"--publisher -x", `--publisher "-x" is none`},
		{"a b", "write 'devproxy init DIR'"},
	} {
		code, _, errs := inFolder(t, nil, append([]string{"init"}, strings.Fields(c.args)...)...)
		assert.Equal(t, exitUsage, code, c.args)
		assert.Contains(t, errs, c.says)
	}
}

func TestInit_names_the_extension_after_its_folder(t *testing.T) {
	for dir, name := range map[string]string{"/x/My App": "my-app", "/x/__": placeholderName, "/": placeholderName, "/x/" + strings.Repeat("a", 80): strings.Repeat("a", 63)} {
		assert.Equal(t, name, folderName(dir), dir)
	}
}

func TestInit_asks_in_a_terminal_only(t *testing.T) {
	if _, err := exec.LookPath("script"); err != nil {
		unavailable(t, "there is no script (util-linux) to give a terminal")
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "script", "-qec", "'"+binary(t)+"' init asked", "/dev/null")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CI=")
	cmd.Stdin = strings.NewReader("ts-handler\nacme\n\n")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "Template (ui, ts-handler) [ui]: ")
	assert.Contains(t, string(out), "acme.asked is written to asked")
	assert.FileExists(t, filepath.Join(dir, "asked", "src", "handler.ts"))

	for _, wrong := range []struct{ flags, answers, asked string }{{"", "tss\n\n\n", "Template (ui, ts-handler) [ui]: "}, {" --template tss", "\n\n", ""}} {
		cmd = exec.CommandContext(t.Context(), "script", "-qec", "'"+binary(t)+"' init refused"+wrong.flags, "/dev/null")
		cmd.Dir, cmd.Env, cmd.Stdin = dir, append(os.Environ(), "CI="), strings.NewReader(wrong.answers)
		out, err = cmd.CombinedOutput()
		require.Error(t, err, "%s", out)
		assert.Contains(t, string(out), wrong.asked)
		assert.Contains(t, string(out), `there is no template "tss"`)
		assert.NotContains(t, string(out), "Publisher [", "a wrong answer is refused at once")
	}

	cmd = exec.CommandContext(t.Context(), binary(t), "init", "silent")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader("ts-handler\n")
	out, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.NotContains(t, string(out), "Template")
	assert.NoFileExists(t, filepath.Join(dir, "silent", "src", "handler.ts"))
}

// What the templates share with the example is the same, byte for byte.
func TestInit_templates_keep_up_with_the_example(t *testing.T) {
	for _, pair := range [][2]string{
		{"templates/ts-handler/wit/extension.wit", "wit/extension.wit"}, {"templates/ts-handler/src/web.d.ts", "src/web.d.ts"},
		{"templates/ts-handler/tsconfig.json", "tsconfig.json"}, {"templates/ts-handler/.npmrc", ".npmrc"},
		{"templates/shared/ui/host.js", "ui/host.js"},
	} {
		ours, err := templates.ReadFile(pair[0])
		require.NoError(t, err)
		theirs, err := os.ReadFile(filepath.Join(helloDir, pair[1]))
		require.NoError(t, err)
		assert.Equal(t, string(theirs), string(ours), pair[0])
	}
	pinned := func(text []byte, err error) (about struct{ DevDependencies, Scripts, Engines map[string]string }) {
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &about))
		return about
	}
	assert.Equal(t, pinned(os.ReadFile(helloDir+"/package.json")), pinned(templates.ReadFile("templates/ts-handler/package.json")))
}
