package watch

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gitignores is read by git and by us; git is right.
var gitignores = map[string]string{
	".gitignore": "\ufeffbuild/\r\n# comment\n\\#hash\n\\!bang\n*.log\n!keep.log\n/only-top\ndocs/*.pdf\n" +
		"deep/**/leaf\n**/any/file\ntree/**\n!tree/back\nstar*star\na[bc]d\na[!x]z\nq?\n{x,y}\nspace\\ \ntrail  \n" +
		"**.bak\n[unclosed\nnested/\n!nested/\ndouble**name\nlast/[[:digit:]].txt\nnot/[![:alpha:]_]\n",
	"sub/.gitignore":        "!*.log\nlocal\n/anchored\nin/ner\n",
	"sub/deeper/.gitignore": "*\n!.gitignore\n!*.go\n!*/\n",
}

var gitignorePaths = []string{
	"build/x", "sub/build/x", "sub/build2/x", "buildx", "#hash", "!bang", "x.log", "keep.log", "sub/x.log", "only-top",
	"sub/only-top", "docs/a.pdf", "docs/sub/a.pdf", "sub/docs/a.pdf", "deep/leaf", "deep/1/leaf", "deep/1/2/leaf",
	"deep/leaf2", "any/file", "x/y/any/file", "x/any/z/any/file", "tree/a", "tree/back", "tree/sub/b", "starstar", "star/star", "star12star",
	"abd", "add", "ayz", "axz", "q1", "q12", "q/1", "x", "y", "{x,y}", "space ", "space", "trail", "trail  ", "a.bak",
	"sub/a.bak", "[unclosed", "nested/file", "doublexname", "last/1.txt", "last/a.txt", "not/a", "not/_", "not/1", "sub/local", "sub/x/local",
	"sub/anchored", "sub/x/anchored", "sub/in/ner", "sub/x/in/ner", "sub/deeper/a.go", "sub/deeper/a.txt", "sub/deeper/x/a.go",
	"outer/only", "outer.txt", "excluded.txt", ".env",
}

func TestRules_of_git_are_those_of_git(t *testing.T) {
	repo := repository(t)
	write := func(name, content string) {
		file := filepath.Join(repo, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	}
	write(".gitignore", "outer.txt\n/ext/project/outer/only\n*.log\n")
	write(".git/info/exclude", "excluded.txt\n")
	for name, content := range gitignores {
		write("ext/project/"+name, content)
	}
	var asked strings.Builder
	tree := watchRules(t, Options{Root: filepath.Join(repo, "ext", "project")})
	want := map[string]bool{}
	for _, rel := range gitignorePaths {
		want[rel] = false
		asked.WriteString("ext/project/" + rel + "\x00")
	}
	c := exec.CommandContext(t.Context(), "git", "-c", "core.excludesFile=/dev/null", "check-ignore", "-z", "--stdin", "--no-index")
	c.Dir, c.Stdin = repo, strings.NewReader(asked.String())
	out, err := c.Output()
	require.NoError(t, err)
	for _, rel := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		want[strings.TrimPrefix(rel, "ext/project/")] = true
	}
	got := map[string]bool{}
	for _, rel := range gitignorePaths {
		got[rel] = tree.hidden(rel, false)
	}
	assert.Equal(t, want, got)
	assert.Contains(t, slices.Collect(maps.Values(want)), true)
}

// watchRules reads the rules of each folder that a test has paths in.
func watchRules(t *testing.T, o Options) *rules {
	t.Helper()
	r, err := newRules(o)
	require.NoError(t, err)
	for _, dir := range []string{top, "sub", "sub/deeper"} {
		r.enter(dir)
	}
	return r
}

func repository(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		unavailable(t, "git is not installed")
	}
	dir := tempDir(t)
	run(t, dir, "git", "init", "-q")
	return dir
}

func TestRules_of_docker_are_those_of_docker(t *testing.T) {
	root := tempDir(t)
	content := "# comment\nnode_mods\n**/*.tmp\nweb\n!web/public\nweb/public/secret\n*\n!src\n!Dockerfile\n!web\n"
	require.NoError(t, os.WriteFile(filepath.Join(root, dockerignoreName), []byte(content), 0o644))
	r, err := newRules(Options{Root: root, UseDockerignore: true, Ignore: []string{"dist/", "!a.tmp"}})
	require.NoError(t, err)
	for rel, want := range map[string]bool{
		"README.md": true, "Dockerfile": false, ".dockerignore": false, "src/main.go": false, "src/dist/x": true,
		"src/node_modules/x": true, "lib/x": true, "web/x": false, "a.tmp": false,
	} {
		assert.Equal(t, want, r.hidden(rel, false), rel)
	}
}

func TestRules_enter_an_ignored_folder_only_for_what_docker_takes_back(t *testing.T) {
	root := tempDir(t)
	require.NoError(t, os.WriteFile(filepath.Join(root, dockerignoreName), []byte("web\nlib\n!web/public/app\n"), 0o644))
	r, err := newRules(Options{Root: root, UseDockerignore: true})
	require.NoError(t, err)
	for rel, want := range map[string]bool{"web": false, "web/public": false, "web/public/app": false, "web/src": true, "lib": true} {
		assert.Equal(t, want, r.ignored(rel, true), rel)
	}
	assert.True(t, r.ignored("web/a.js", false))
}

func TestWatcher_says_that_a_dockerignore_is_malformed(t *testing.T) {
	f := watchTree(t, Options{UseDockerignore: true}, map[string]string{dockerignoreName: "[a", "a": "1"})
	problems := f.w.Status().Problems
	require.Len(t, problems, 1)
	assert.Equal(t, "watch_rules", problems[0].Code)
	assert.Contains(t, problems[0].Message, dockerignoreName)
	f.write(dockerignoreName, "b\n")
	f.write("b", "ignored")
	f.expect(map[string]Kind{dockerignoreName: Written})
}

func TestWatcher_ignores_what_it_is_told_to(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		o.Ignore = []string{"dist/", "!.env"}
		f := watchTree(t, o, map[string]string{".gitignore": ".env\n*.log\n", "web/.gitignore": "gen\n", "web/app.js": "1"})
		for _, name := range []string{"a.log", "dist/x.js", "web/dist/x.js", "web/gen/x.js", "node_modules/x/x.js",
			".git/HEAD", "web/app.js~", ".a.swp", "web/#app.js#", "web/4913"} {
			f.write(name, "ignored")
		}
		f.write(".env", "A=1")
		f.write("gen/x.js", "not ignored here")
		f.expect(map[string]Kind{".env": Created, "gen/x.js": Created})
		assert.Equal(t, 3, f.w.Status().Dirs, "root, web, gen")
		f.remove("dist")
		f.remove("web/dist")
		f.expect(nothing)
	})
}

func TestWatcher_reads_changed_rules(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		f := watchTree(t, o, map[string]string{"out/a.js": "1", "out/.gitignore": "b.js\n", "src/a.ts": "1"})
		f.write(".gitignore", "out/\n")
		f.expect(map[string]Kind{".gitignore": Created})
		f.write("out/a.js", "2")
		f.expect(nothing)
		assert.Equal(t, 2, f.w.Status().Dirs, "root, src")
		f.remove(".gitignore")
		f.expect(map[string]Kind{".gitignore": Removed, "out/a.js": Created, "out/.gitignore": Created})
		f.write("out/b.js", "1")
		f.expect(nothing)
		f.write("out/.gitignore", "a.js\n")
		f.expect(map[string]Kind{"out/.gitignore": Written, "out/b.js": Created})
	})
}
