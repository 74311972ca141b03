package stack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// watching is a stack that is never brought up, with the runner's develop.watch.
func watching(t *testing.T, dir, rules string) *stack.Stack {
	t.Helper()
	for name, content := range map[string]string{
		"compose.yaml":  "services:\n  runner:\n    build: .\n    develop:\n      watch:\n" + rules,
		".dockerignore": "*.md\nsrc/secret\n",
		"src/a.js":      "a", "src/secret/key": "k", "conf/app.conf": "c", "Dockerfile": "FROM scratch\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	p, err := project.Load(t.Context(), project.Options{WorkingDir: dir, Name: "planned", Environ: []string{}})
	require.NoError(t, err)
	s, err := stack.New(stack.Options{Project: p, Instance: "planned", Runner: "runner"})
	require.NoError(t, err)
	return s
}

func TestAPlanIsWhatTheRulesSayAboutTheChanges(t *testing.T) {
	const (
		sync    = "        - {action: sync, path: ./src, target: /app/src, ignore: [\"*.tmp\", gen/]}\n"
		restart = "        - {action: restart, path: ./conf/app.conf}\n"
		both    = "        - {action: sync+restart, path: ./conf, target: /etc/app, include: [\"*.conf\"]}\n"
		exec    = "        - {action: sync+exec, path: ./src, target: /srv, exec: {command: [reload, now]}}\n"
		rebuild = "        - {action: rebuild, path: ., include: [go.mod, \"**/*.go\"]}\n"
	)
	cases := map[string]struct {
		rules   string
		changed string
		want    string // files by dir/NAME>TARGET, and actions
	}{
		"a file is synced":                     {sync, "src/a.js", "sync src/a.js>/app/src/a.js"},
		"two, once each, in order":             {sync, "src/b/c.js src/a.js src/a.js", "sync src/a.js>/app/src/a.js sync src/b/c.js>/app/src/b/c.js"},
		"another file is of no interest":       {sync, "other.js srcs/a.js", ""},
		"an ignored one neither":               {sync, "src/x.tmp src/gen/deep/y.js", ""},
		"nor what the build leaves out":        {sync, "src/README.md src/secret/key", "sync src/README.md>/app/src/README.md"},
		"a file by its own path":               {restart, "conf/app.conf", "restart"},
		"its neighbour is not meant":           {restart, "conf/other.conf", ""},
		"an included one":                      {both, "conf/app.conf", "sync conf/app.conf>/etc/app/app.conf restart"},
		"one that is not included":             {both, "conf/app.txt", ""},
		"a command follows once":               {exec, "src/a.js src/b.js", "sync src/a.js>/srv/a.js sync src/b.js>/srv/b.js exec reload now"},
		"two rules for one file":               {sync + exec, "src/a.js", "sync src/a.js>/app/src/a.js sync src/a.js>/srv/a.js exec reload now"},
		"a rebuild":                            {rebuild, "cmd/x/main.go", "rebuild"},
		"a rebuild covers the rest":            {rebuild + restart + exec, "go.mod conf/app.conf src/a.js", "rebuild sync src/a.js>/srv/a.js"},
		"a removed file is planned like a new": {sync, "src/gone.js", "sync src/gone.js>/app/src/gone.js"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := watching(t, dir, c.rules)
			var changed []string
			for _, file := range strings.Fields(c.changed) {
				changed = append(changed, filepath.Join(dir, file))
			}
			plan, err := s.Plan(changed)
			require.NoError(t, err)
			require.Equal(t, c.want, planned(dir, plan))
			require.Equal(t, c.want == "", plan.Empty())
		})
	}
}

func planned(dir string, plan stack.Plan) string {
	var words []string
	if plan.Rebuild {
		words = append(words, "rebuild")
	}
	for _, file := range plan.Sync {
		rel, _ := filepath.Rel(dir, file.Host)
		words = append(words, "sync", filepath.ToSlash(rel)+">"+file.Target)
	}
	if plan.Restart {
		words = append(words, "restart")
	}
	for _, hook := range plan.Exec {
		words = append(words, "exec", strings.Join(hook.Command, " "))
	}
	return strings.Join(words, " ")
}

func TestTheRootsToWatchAreFoldersNoneInAnother(t *testing.T) {
	dir := t.TempDir()
	s := watching(t, dir, "        - {action: restart, path: ./conf/app.conf}\n        - {action: sync, path: ./src, target: /a}\n"+
		"        - {action: sync, path: ./src/secret, target: /b}\n        - {action: sync, path: ./later, target: /c}\n")
	require.Equal(t, []string{filepath.Join(dir, "conf"), filepath.Join(dir, "later"), filepath.Join(dir, "src")}, s.WatchRoots())
	require.Empty(t, (&stack.Stack{}).WatchRoots())
	plan, err := (&stack.Stack{}).Plan([]string{filepath.Join(dir, "src/a.js")})
	require.NoError(t, err)
	require.Equal(t, stack.Plan{Sync: []docker.Copy(nil), Exec: []types.ServiceHook(nil)}, plan)
}
