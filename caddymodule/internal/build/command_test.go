//go:build unix

package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExecute_hands_on_each_line_without_colours_and_keeps_the_last(t *testing.T) {
	t.Setenv("FORCE_COLOR", "1")
	var seen []string
	result := Execute(t.Context(), Shell(t.TempDir(),
		`printf '\033[31mred\033[0m\r\n10%%\r100%%\n'; for i in $(seq 450); do echo $i; done; printf "%s-%s-%s" "$FORCE_COLOR" "$NO_COLOR" "$DEVPROXY_BUILD" >&2`),
		func(line string) { seen = append(seen, line) })
	assert.True(t, result.OK())
	require.Len(t, seen, 453)
	assert.Equal(t, []string{"red", "100%", "1"}, seen[:3])
	assert.Equal(t, "-1-1", seen[452])
	assert.Equal(t, seen[253:], result.Output)
	assert.Positive(t, result.Took)
}

func TestExecute_runs_the_scripts_of_package_json(t *testing.T) {
	dir := hello(t)
	plan, err := Detect(dir, Overrides{})
	require.NoError(t, err)
	plan.Handler.Command.Args[3] = "bundle" // the first half of the script: the other takes seconds
	result := Execute(t.Context(), plan.Handler.Command, nil)
	require.Empty(t, result.Problems, "%v", result.Output)
	assert.FileExists(t, filepath.Join(dir, "dist/handler.js"))
	assert.Equal(t, "npm run -s bundle", result.Command)

	write(t, dir, "src/handler.ts", "export const a = 1;\nexport const b = ;\n")
	result = Execute(t.Context(), plan.Handler.Command, nil)
	require.Len(t, result.Problems, 1, "%v", result.Output)
	assert.Equal(t, `src/handler.ts:2:18: Unexpected ";"`, result.Problems[0].String())
	assert.Contains(t, result.Problems[0].Frame, "> 2 | export const b = ;\n    |                  ^")
}

func TestExecute_says_why_a_command_failed_when_no_file_is_named(t *testing.T) {
	dir := t.TempDir()
	for text, message := range map[string]string{
		"echo all is well; echo Error: no world; echo at last; exit 1": "Error: no world",
		"echo something; exit 1": "something",
		"exit 3":                 "`exit 3` ended with: exit status 3",
	} {
		result := Execute(t.Context(), Shell(dir, text), nil)
		require.Len(t, result.Problems, 1)
		assert.Equal(t, message, result.Problems[0].Message)
		assert.Equal(t, CodeFailed, result.Problems[0].Code)
		assert.Contains(t, result.Problems[0].Fix, dir)
	}
	absent := Execute(t.Context(), Command{Dir: dir, Args: []string{"no-such-tool-here"}}, nil)
	require.Len(t, absent.Problems, 1)
	assert.Equal(t, CodeNoTool, absent.Problems[0].Code)

	write(t, dir, "package.json", "{}")
	write(t, dir, "pnpm-lock.yaml", "")
	result := Execute(t.Context(), Shell(dir, "echo 'sh: vite: not found'; exit 127"), nil)
	assert.Equal(t, "install the extension's packages: run `pnpm install` in "+dir, result.Problems[0].Fix)
}

func TestExecute_gives_shell_text_to_a_shell_and_words_to_nobody(t *testing.T) {
	dir := t.TempDir()
	assert.Equal(t, []string{"$HOME;", "a b"}, Execute(t.Context(), Command{Dir: dir, Args: []string{"printf", `%s\n`, "$HOME;", "a b"}}, nil).Output)
	assert.Equal(t, []string{"a", "b"}, Execute(t.Context(), Shell(dir, "printf '%s\n' a && echo b"), nil).Output)
}

func TestExecute_ends_the_whole_group_when_its_context_does(t *testing.T) {
	for name, text := range map[string]string{
		"politely":               `trap 'echo asked; exit 0' TERM; sleep 1000 & echo $!; wait`,
		"a grandchild elsewhere": `sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!'; sleep 1000`,
		"by force":               `trap '' TERM; sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			grandchild := 0
			result := Execute(ctx, Shell(t.TempDir(), text), func(line string) {
				if pid, err := strconv.Atoi(line); err == nil {
					grandchild = pid
					cancel()
				}
			})
			assert.True(t, result.Superseded)
			assert.Empty(t, result.Problems)
			assert.Equal(t, name == "politely", strings.Contains(strings.Join(result.Output, " "), "asked"))
			assert.Less(t, result.Took, grace+30*time.Second)
			require.NotZero(t, grandchild)
			assert.Eventually(t, func() bool { return gone(grandchild) }, 30*time.Second, 5*time.Millisecond)
		})
	}
}

func TestExecute_gives_a_command_its_own_descriptors_and_children_only(t *testing.T) {
	result := Execute(t.Context(), Shell(t.TempDir(), `echo >&3 || echo none; ps -o pid= --ppid $$ | wc -l`), nil)
	require.True(t, result.OK(), "%v", result.Output)
	assert.Equal(t, "none", result.Output[len(result.Output)-2], "%v", result.Output)
	assert.Equal(t, "2", strings.TrimSpace(result.Output[len(result.Output)-1]), "ps and wc")
}

func TestExecute_leaves_nobody_behind_when_a_command_ends(t *testing.T) {
	result := Execute(t.Context(), Shell(t.TempDir(), `sleep 1000 & echo $!`), nil)
	require.True(t, result.OK(), "who keeps the output open does not make the build fail")
	pid, err := strconv.Atoi(result.Output[0])
	require.NoError(t, err)
	assert.Eventually(t, func() bool { return gone(pid) }, 5*time.Second, 5*time.Millisecond)
}

// gone says that a process has ended, whether or not somebody asked how.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestLines_bound_what_one_line_holds(t *testing.T) {
	l := &lines{}
	for range 10 {
		_, err := l.Write([]byte(strings.Repeat("x", longestLine/4)))
		require.NoError(t, err)
	}
	l.end()
	assert.Len(t, l.last()[0], longestLine)
}
