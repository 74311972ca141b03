package caddymodule

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/launcher"
)

// shellImage is an image with nothing but a shell, and the engine that has it.
func shellImage(t *testing.T) (*docker.Engine, string) {
	t.Helper()
	engine, err := docker.Connect(t.Context(), docker.Options{})
	path, missing := exec.LookPath("busybox")
	if err != nil || missing != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("needs a container engine and a static busybox")
		}
		t.Skip("needs a container engine and a static busybox (Debian: busybox-static)")
	}
	t.Cleanup(func() { _ = engine.Close() })
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	name := "devproxytest-" + uuid.NewString()[:8] + ":sh"
	_, err = engine.BuildFromBinary(t.Context(), name, map[string]docker.File{
		"/bin/busybox": {Content: content, Mode: 0o755}, "/bin/sh": {Content: content, Mode: 0o755},
	}, docker.Config{Env: []string{"PATH=/bin"}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, engine.RemoveImage(context.Background(), name)) })
	return engine, name
}

func TestBuildContainer_secrets_are_names_and_none_of_devproxy_s_own(t *testing.T) {
	for line, want := range map[string]string{
		"secret a=b":                         `secret "a=b" is no name of a variable; name one such as NPM_TOKEN, never its value`,
		"secret DOCKER_RUNNER_SHARED_SECRET": "secret DOCKER_RUNNER_SHARED_SECRET is devproxy's own",
		"secret A DEVPROXY_JOB_ID":           "secret DEVPROXY_JOB_ID is devproxy's own",
		"secret":                             "wrong argument count",
	} {
		_, err := adaptText(extensionBlock("build_container a {", line, "}"))
		assert.ErrorContains(t, err, want)
	}
	text, err := adaptText(extensionBlock("build_container a {", "secret NPM_TOKEN", "secret A B", "}"))
	require.NoError(t, err)
	assert.Contains(t, text, `"secrets":["NPM_TOKEN","A","B"]`)
}

// builtInContainer counts its builds in a file of the container, which only a
// snapshot keeps, and says what the source says.
const builtInContainer = `echo x >> /builds; n=$(busybox wc -l < /builds); . src/settings.mjs; echo "build $n $WORD" > ui/made/data.js`

func TestBuildContainer_what_it_makes_is_served_warm_the_second_time_and_killed_when_it_takes_too_long(t *testing.T) {
	engine, image := shellImage(t)
	dir := extensionFolder(t, map[string]string{"src/settings.mjs": "WORD=one"})
	var s *caddyServer
	t.Cleanup(func() { // once the server has ended
		if s != nil {
			dropSnapshots(t, engine, s.state)
		}
	})
	s = serve(t, lines(
		"extension "+dir+" {", "build_container "+image+" {", `command "`+strings.ReplaceAll(builtInContainer, `"`, `\"`)+`"`,
		"output ui/made", "timeout 3s", "memory 64MiB", "}", "}"), "runner")

	served := func(want string) func() bool {
		return func() bool {
			answer := s.get("/runner/ext-ui/acme.hello/sha256:" + strings.Repeat("0", 64) + "/made/data.js")
			return answer.status == 200 && answer.body == want
		}
	}
	require.Eventually(t, served("build 1 one\n"), time.Minute, waitStep*20)
	write(t, filepath.Join(dir, "src/settings.mjs"), "WORD=two")
	require.Eventually(t, served("build 2 two\n"), time.Minute, waitStep*20, "the second build starts with the first one's files")

	write(t, filepath.Join(dir, "src/settings.mjs"), "busybox sleep 60")
	require.Eventually(t, func() bool { return len(problemsOf(s)) > 0 }, time.Minute, waitStep*20)
	problem := problemsOf(s)[0]
	assert.Equal(t, "build_timeout", problem.Code)
	assert.Contains(t, problem.Message, "ran longer than 3s")
	assert.Contains(t, problem.Fix, "raise `timeout`")
	assert.True(t, served("build 2 two\n")(), "the last good build goes on")
	assert.Contains(t, overlay(s), `"code":"build_timeout"`)

	write(t, filepath.Join(dir, "src/settings.mjs"), "WORD=three")
	require.Eventually(t, served("build 3 three\n"), time.Minute, waitStep*20, "what was killed left no trace")
	require.Eventually(t, func() bool { return len(problemsOf(s)) == 0 }, time.Minute, waitStep*20)
}

// overlay is what a page of the extension is told to show.
func overlay(s *caddyServer) string {
	s.t.Helper()
	request := s.request(http.MethodGet, "/runner/ext-ui/"+benched+"/sha256:"+strings.Repeat("0", 64)+"/index.html", nil)
	request.Header.Set("Accept", "text/html")
	tag := liveTag.FindStringSubmatch(s.do(request).body)
	require.NotNil(s.t, tag, "the document has no script of live reload")
	ctx, cancel := context.WithTimeout(s.t.Context(), waitLong)
	defer cancel()
	stream, err := noRedirects.Do(s.request(http.MethodGet, "/__runner/live/events?t="+tag[1]+"&ext="+benched, nil).WithContext(ctx))
	require.NoError(s.t, err)
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	for lines.Scan() {
		if state, is := strings.CutPrefix(lines.Text(), "data: "); is {
			return state
		}
	}
	return ""
}

// problemsOf are what keeps the first extension from being built, as `devproxy
// status` and the overlay show it.
func problemsOf(s *caddyServer) []problemShown {
	s.t.Helper()
	snapshot := live.Load().Snapshot("/runner")
	var shown []problemShown
	for _, p := range snapshot.Extensions[0].Problems {
		shown = append(shown, problemShown{p.Code, p.Message, p.Fix})
	}
	return shown
}

type problemShown struct{ Code, Message, Fix string }

// dropSnapshots takes up the state that the server leaves, and clears up.
func dropSnapshots(t *testing.T, engine *docker.Engine, state string) {
	ctx := context.Background()
	l, err := launcher.Open(ctx, engine, launcher.Config{StateFile: filepath.Join(state, "workshop", "workers.json")})
	require.NoError(t, err)
	defer l.Close()
	left, err := engine.Containers(ctx, map[string]string{launcher.LabelInstance: l.Instance()})
	assert.NoError(t, err)
	assert.Empty(t, left)
	assert.Len(t, l.Snapshots(), 1)
	for _, snapshot := range l.Snapshots() {
		assert.NoError(t, engine.DropImage(ctx, snapshot.Image))
	}
}
