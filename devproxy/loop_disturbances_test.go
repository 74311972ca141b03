package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// files reads the extension's tree but for dist/, which builds may write, and
// for the packages, which are another folder's.
func (w *workbench) files() map[string]string {
	w.t.Helper()
	list := map[string]string{}
	require.NoError(w.t, filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(w.dir, path)
		if name == ".git" || name == "dist" {
			return fs.SkipDir
		}
		if content, err := os.ReadFile(path); err == nil {
			list[filepath.ToSlash(name)] = string(content)
		} else {
			list[filepath.ToSlash(name)] = entry.Type().String()
		}
		return nil
	}))
	return list
}

// serves waits until UI and handler are those.
func (w *workbench) serves(ui, handler string) {
	w.t.Helper()
	require.EventuallyWithT(w.t, func(c *assert.CollectT) {
		script, called := w.asset(anyHash, "main.js"), w.call()
		assert.Contains(c, script.body, `"`+ui+`"`)
		assert.Contains(c, called.body, `"`+handler+`"`)
		assert.Equal(c, script.build, called.build)
	}, paintLimit, paintLimit/2000)
}

func TestLoop_notices_the_saves_of_every_editor(t *testing.T) {
	w := newExtension(t).up()
	w.waitForHandlers(t)
	w.serves("ui-0", "handler-0")
	for editor, save := range map[string]func(file, content string){
		// writes the new file beside, moves the old one away, takes its name
		"vim": func(file, content string) {
			require.NoError(t, os.WriteFile(w.path("ui/4913"), nil, 0o644))
			require.NoError(t, os.Remove(w.path("ui/4913")))
			require.NoError(t, os.Rename(file, file+"~"))
			require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
			require.NoError(t, os.Remove(file+"~"))
		},
		// writes beside, moves the old one away and the new one in its place
		"jetbrains": func(file, content string) {
			require.NoError(t, os.WriteFile(file+"___jb_tmp___", []byte(content), 0o644))
			require.NoError(t, os.Rename(file, file+"___jb_old___"))
			require.NoError(t, os.Rename(file+"___jb_tmp___", file))
			require.NoError(t, os.Remove(file+"___jb_old___"))
		},
		"emacs": func(file, content string) {
			require.NoError(t, os.Symlink("me@here.1:2", filepath.Join(filepath.Dir(file), ".#version.ts")))
			require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
			require.NoError(t, os.Remove(filepath.Join(filepath.Dir(file), ".#version.ts")))
		},
		"a truncating one": func(file, content string) {
			require.NoError(t, os.Truncate(file, 0))
			require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
		},
	} {
		save(w.path("ui/version.ts"), `export const ui: string = "ui-`+editor+`";`)
		save(w.path("src/version.ts"), `export const handlerVersion: string = "handler-`+editor+`";`)
		w.serves("ui-"+editor, "handler-"+editor)
	}
	assert.Empty(t, w.status().Problems)
}

// git runs in the extension's folder.
func (w *workbench) git(args ...string) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
	cmd.Dir = w.dir
	out, err := cmd.CombinedOutput()
	require.NoError(w.t, err, "%s", out)
}

func TestLoop_follows_a_checkout_of_another_branch_and_writes_nothing(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		unavailable(t, "there is no git")
	}
	w := newExtension(t)
	w.save(".gitignore", "node_modules\ndist\n")
	w.git("init", "-q", "-b", "one")
	w.git("add", ".")
	w.git("commit", "-qm", "one")
	w.git("checkout", "-qb", "two")
	w.saveUI("ui-two")
	w.saveHandler("handler-two")
	require.NoError(t, os.Rename(w.path("ui/main.ts"), w.path("ui/start.ts")))
	page, err := os.ReadFile(w.path("ui/index.html"))
	require.NoError(t, err)
	w.save("ui/index.html", strings.Replace(string(page), "main.ts", "main.tsx", 1))
	require.NoError(t, os.Rename(w.path("ui/start.ts"), w.path("ui/main.tsx")))
	w.git("add", ".")
	w.git("commit", "-qm", "two")
	two := w.files()
	w.git("checkout", "-q", "one")
	one := w.files()

	w.up()
	w.waitForHandlers(t)
	w.serves("ui-0", "handler-0")
	for range 3 {
		w.git("checkout", "-q", "two")
		w.serves("ui-two", "handler-two")
		assert.Equal(t, two, w.files())
		w.git("checkout", "-q", "one")
		w.serves("ui-0", "handler-0")
		assert.Equal(t, one, w.files())
	}
}

func TestLoop_survives_the_folder_being_moved_deleted_and_made_again(t *testing.T) {
	w := newExtension(t).up()
	w.waitForHandlers(t)
	w.serves("ui-0", "handler-0")
	before := w.status()

	away := w.dir + "-away"
	require.NoError(t, os.Rename(w.dir, away))
	gone := w.hasStatus("it is gone", func(e runnerstatus.Extension) bool { return e.Error != nil })
	assert.Equal(t, "manifest_invalid", gone.Error.Code)
	assert.Equal(t, before.Build, gone.Build, "the last good one goes on")
	w.serves("ui-0", "handler-0")
	require.NoError(t, os.WriteFile(filepath.Join(away, "ui", "version.ts"), []byte(`export const ui: string = "ui-away";`), 0o644))
	require.NoError(t, os.Rename(away, w.dir))
	w.serves("ui-away", "handler-0")
	w.hasStatus("it is back", func(e runnerstatus.Extension) bool { return e.Error == nil && len(e.Problems) == 0 })

	require.NoError(t, os.RemoveAll(w.dir))
	w.hasStatus("it is gone", func(e runnerstatus.Extension) bool { return e.Error != nil })
	w.serves("ui-away", "handler-0")
	require.NoError(t, os.CopyFS(w.dir, os.DirFS(loopDir)))
	w.borrow(hello(t))
	w.saveHandler("handler-again")
	w.serves("ui-0", "handler-again")
	w.hasStatus("it is back", func(e runnerstatus.Extension) bool { return e.Error == nil && len(e.Problems) == 0 })
	again := w.files()
	w.saveUI("ui-again")
	w.serves("ui-again", "handler-again")
	again["ui/version.ts"] = w.files()["ui/version.ts"]
	assert.Equal(t, again, w.files(), "nothing is written to the tree")
}
