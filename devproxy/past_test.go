package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// past is what `devproxy builds --json` prints of the one extension.
func (w *workbench) past() runnerstatus.Builds {
	w.t.Helper()
	out, err := w.command(w.t, "builds", "--json").Output()
	require.NoError(w.t, err)
	var answer caddymodule.BuildsAnswer
	require.NoError(w.t, json.Unmarshal(out, &answer))
	require.Len(w.t, answer.Extensions, 1)
	return answer.Extensions[0]
}

// says runs a command, and gives what it prints.
func (w *workbench) runs(args ...string) (code int, stdout, stderr string) {
	w.t.Helper()
	var out, errs strings.Builder
	cmd := w.command(w.t, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its exit code is looked at
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// published waits until another build than before answers, and gives its id.
func (w *workbench) published(before string) string {
	w.t.Helper()
	return w.hasStatus("another build", func(e runnerstatus.Extension) bool { return e.Build != "" && e.Build != before && len(e.Problems) == 0 }).Build
}

// paint saves versions of the painted extension one by one, and gives the ids
// of their builds.
func (w *workbench) paint(versions ...string) (ids []string) {
	w.t.Helper()
	last := w.status().Build
	for _, version := range versions {
		w.savePainted(version)
		last = w.published(last)
		ids = append(ids, last)
	}
	return ids
}

// painting is the script of the painted extension.
func (w *workbench) painting() string {
	w.t.Helper()
	return w.get("/runner/ext-ui/acme.painted/" + strings.Replace(anyHash, ":", "%3A", 1) + "/main.js").body
}

func TestUseBuild_serves_an_earlier_UI_and_handler_until_the_next_save(t *testing.T) {
	w := newExtension(t).up()
	w.waitForHandlers(t)
	w.open()
	w.painted("ui-0", "handler-0")
	first := w.status().Build
	w.saveUI("ui-1")
	w.painted("ui-1", "handler-0")
	w.saveHandler("handler-1")
	w.painted("ui-1", "handler-1")
	newest := w.status().Build

	code, out, errs := w.runs("use-build", first[:6])
	require.Zero(t, code, errs)
	assert.Equal(t, loopID+": build "+first+" answers until the next save; the working tree is "+newest+"\n", out)
	assert.Contains(t, w.call().body, "handler-0", "the handler is there at once")
	assert.Equal(t, first, w.call().build)
	w.painted("ui-0", "handler-0")
	shown := w.until("tell", `f.build.startsWith("`+first+`") && f.state === "earlier"`)
	assert.Equal(t, first+" (earlier)", shown.Build)
	w.says("serving the earlier build " + first)
	status := w.status()
	assert.Equal(t, newest, status.LatestBuild)
	_, out, _ = w.runs("status")
	assert.Contains(t, out, loopID+": build "+first+" answers, not the working tree ("+newest+")")
	_, out, _ = w.runs("builds")
	assert.Contains(t, out, "\n* "+first)
	assert.Contains(t, out, "\n  "+newest)
	assert.Contains(t, out, "src/version.ts")

	code, out, errs = w.runs("use-build", "--latest")
	require.Zero(t, code, errs)
	assert.Equal(t, loopID+": the working tree answers, build "+newest+"\n", out)
	w.painted("ui-1", "handler-1")
	w.says("serving the working tree again: build " + newest)

	code, _, errs = w.runs("use-build", first)
	require.Zero(t, code, errs)
	w.painted("ui-0", "handler-0")
	w.saveUI("ui-2")
	w.painted("ui-2", "handler-1")
	assert.Empty(t, w.status().LatestBuild)
	w.until("tell", `f.state === "connected"`)

	for _, wrong := range []struct{ args, says string }{
		{"use-build 0" + flipped(first)[1:], "build_unknown: no build that is kept begins with"},
		{"use-build " + first[:10] + flipped(first)[10:], "did you mean " + first + "?"},
		{"use-build", "unexpected_argument"},
		{"use-build " + first + " --latest", "unexpected_argument"},
		{"use-build " + first + " --extension acme.none", "extension_not_found"},
		{"builds acme.none", "extension_not_found"},
	} {
		code, _, errs = w.runs(strings.Fields(wrong.args)...)
		assert.Equal(t, exitUsage, code, wrong.args)
		assert.Contains(t, errs, wrong.says, wrong.args)
	}
	assert.Equal(t, first, strings.Split(completedFor(t, w, "use-build", ""), "\n")[3], "the oldest comes last")
}

// flipped has other digits throughout.
func flipped(build string) string {
	return strings.Map(func(r rune) rune { return rune("fedcba9876543210"[strings.IndexRune("0123456789abcdef", r)]) }, build)
}

// completedFor is what a shell would offer, one a line.
func completedFor(t *testing.T, w *workbench, words ...string) string {
	t.Helper()
	out, err := w.command(t, append([]string{"__complete"}, words...)...).Output()
	require.NoError(t, err)
	return strings.Join(offered(string(out)), "\n")
}

func TestBuilds_survive_a_restart_and_tell_causes_sizes_and_failures(t *testing.T) {
	w := paintedUI(t)
	ids := w.paint("two", "three, which is longer")
	w.save("ui/main.ts", "const broken = ;\n")
	w.hasStatus("it fails", func(e runnerstatus.Extension) bool { return len(e.Problems) > 0 })
	list := w.past()
	require.Len(t, list.Builds, 4)
	failed := list.Builds[0]
	assert.False(t, failed.OK)
	assert.Equal(t, "ui", failed.Target)
	assert.Contains(t, failed.Problem, "ui/main.ts:1")
	newest := list.Builds[1]
	assert.Equal(t, ids[1], newest.Build)
	assert.True(t, newest.Live)
	assert.Equal(t, []string{"ui/main.ts"}, newest.Saved)
	assert.Contains(t, newest.Changed, "ui/main.js")
	assert.Positive(t, newest.Milliseconds)
	assert.Greater(t, newest.UI, list.Builds[2].UI)
	_, out, _ := w.runs("builds", "acme.painted")
	assert.Regexp(t, `\n  failed +\d\d:\d\d:\d\d +\d+ ms +ui: ui/main.ts:1`, out)
	assert.Regexp(t, `\n\* `+ids[1]+` .*B \(\+\d+ B\) .* ui/main.ts\n`, out)

	_, err := w.interrupt(t)
	require.NoError(t, err)
	w.savePainted("four")
	again := exec.Command(binary(t), "up", "--port", "0", "--extension", w.dir)
	w.started = startIn(t, w.state, startLimit, again)
	list = w.past()
	assert.Equal(t, ids[1], list.Builds[1].Build)
	code, _, errs := w.runs("use-build", ids[0])
	require.Zero(t, code, errs)
	assert.Contains(t, w.painting(), `"two"`)
}

// judge is a command that tells what the painted extension shows.
const judge = `curl -fsS "$DEVPROXY_URL/runner/ext-ui/acme.painted/sha256%3A0000000000000000000000000000000000000000000000000000000000000000/main.js"`

func paintedForJudge(t *testing.T, versions ...string) (*workbench, []string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		unavailable(t, "there is no curl; on Debian or Ubuntu: apt-get install curl")
	}
	w := paintedUI(t)
	return w, w.paint(versions...)
}

func TestBisect_finds_the_first_bad_build_and_serves_the_newest_again(t *testing.T) {
	w, ids := paintedForJudge(t, "good 1", "good 2", "good 3", "BAD 4", "BAD 5", "BAD 6", "BAD 7")
	code, out, errs := w.runs("bisect", "--run", judge+` | grep -q BAD && exit 1 || exit 0`)
	require.Zero(t, code, errs)
	assert.Contains(t, out, "first bad build: "+ids[3])
	assert.Contains(t, out, "; "+ids[2]+" before it is good")
	assert.Contains(t, out, "saved: ui/main.ts")
	assert.Contains(t, out, "changed in the bundle: ui/main.js")
	assert.Contains(t, w.painting(), "BAD 7")
	assert.Empty(t, w.status().LatestBuild)
	assert.LessOrEqual(t, strings.Count(errs, " is good")+strings.Count(errs, " is bad"), 5, "two ends and by halves: "+errs)

	code, out, errs = w.runs("bisect", "--json", "--good", ids[1], "--bad", ids[6], "--run", judge+` | grep -q 'good 3' && exit 125; test "$DEVPROXY_EXTENSION" = acme.painted || exit 125; `+judge+` | grep -q good`)
	assert.Equal(t, exitFailure, code, errs)
	assert.Contains(t, errs, "bisect_undecided")
	var told found
	require.NoError(t, json.Unmarshal([]byte(out), &told))
	assert.Equal(t, []string{ids[2], ids[3]}, told.Suspects)
	assert.Nil(t, told.FirstBad)
}

func TestBisect_serves_again_what_was_served_also_after_an_interrupt(t *testing.T) {
	w, ids := paintedForJudge(t, "1", "2", "3", "4")
	code, _, errs := w.runs("use-build", ids[0])
	require.Zero(t, code, errs)
	begun := filepath.Join(t.TempDir(), "begun")
	cmd := w.command(t, "bisect", "--good", ids[0], "--run", "sleep 300 & echo $! >"+begun+"; wait")
	var said transcript
	cmd.Stderr = &said
	leadsGroup(cmd)
	require.NoError(t, cmd.Start())
	var child []byte
	require.Eventually(t, func() bool { child, _ = os.ReadFile(begun); return len(child) > 1 }, startLimit, 10*time.Millisecond, said.String())
	assert.NotEqual(t, ids[0], w.status().Build, "a build is under test")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // its exit code is looked at
	assert.Equal(t, exitForced, cmd.ProcessState.ExitCode(), said.String())
	assert.Contains(t, said.String(), "interrupted")
	assert.Equal(t, ids[0], w.status().Build, "as before")
	assert.NotEmpty(t, w.status().LatestBuild)
	require.Eventually(t, func() bool { return exec.Command("kill", "-0", strings.TrimSpace(string(child))).Run() != nil }, startLimit, 10*time.Millisecond, "what the command started is gone")
}

func TestBisect_says_what_keeps_it_from_an_answer(t *testing.T) {
	w, ids := paintedForJudge(t, "1", "2", "3", "4")
	for _, c := range []struct {
		says string
		exit int
		args []string
	}{
		{"conflicting_flags", exitUsage, nil},
		{"bisect_ends", exitFailure, []string{"--run", "exit 1"}},
		{"bisect_ends", exitFailure, []string{"--run", "exit 0"}},
		{"bisect_ends", exitFailure, []string{"--run", "exit 125"}},
		{"bisect_range", exitUsage, []string{"--good", ids[3], "--bad", ids[0], "--run", "exit 0"}},
		{"bisect_aborted", exitFailure, []string{"--run", "no-such-command"}},
		{"bisect_aborted", exitFailure, []string{"--run", "kill -9 $$"}},
		{"build_unknown", exitUsage, []string{"--good", "zzz", "--run", "exit 0"}},
		{"extension_not_found", exitUsage, []string{"--extension", "acme.none", "--run", "exit 0"}},
		{"build_overtaken", exitFailure, []string{"--good", ids[0], "--run", `printf 'document.title = "saved"' >` + w.path("ui/main.ts") + `; until ` + judge + ` | grep -q saved; do sleep 0.05; done`}},
	} {
		code, _, errs := w.runs(append([]string{"bisect"}, c.args...)...)
		assert.Equal(t, c.exit, code, "%v %s", c.args, errs)
		assert.Contains(t, errs, "devproxy: "+c.says, "%v", c.args)
		assert.Empty(t, w.status().LatestBuild, "%v: the working tree answers", c.args)
	}
	assert.Contains(t, w.painting(), "saved")
}

func TestTimeMachine_says_that_none_runs(t *testing.T) {
	for _, args := range [][]string{{"builds"}, {"use-build", "1"}, {"bisect", "--run", "true"}} {
		code, _, stderr := inFolder(t, nil, args...)
		assert.Equal(t, exitFailure, code)
		assert.Contains(t, stderr, "not_running")
	}
}
