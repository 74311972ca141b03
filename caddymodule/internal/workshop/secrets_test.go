package workshop

import (
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/compose/launcher"
)

func TestSecrets_reach_the_command_and_nothing_that_is_kept_or_shown(t *testing.T) {
	const token, key = "tok-7f3a9c", "-----BEGIN-----\nkey-41b2\n-----END-----"
	t.Setenv("NPM_TOKEN", token)
	t.Setenv("SIGNING_KEY", key)
	t.Setenv("ANOTHER", "not asked for")
	f := newFixture(t)
	var log strings.Builder
	f.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	with := build.Container{Snapshot: true, Secrets: []string{"NPM_TOKEN", "SIGNING_KEY"}}
	command := `echo "token=$NPM_TOKEN another=$ANOTHER"; echo "$SIGNING_KEY"; echo ${#NPM_TOKEN} ${#SIGNING_KEY} > dist/lengths`
	result := f.run(with, command)
	require.Empty(t, result.Problems, "%v", result.Output)
	assert.Equal(t, "10 38\n", f.read("dist/lengths"), "the command has them whole")
	assert.Equal(t, []string{"token=*** another=", "***", "***", "***"}, f.said)

	workers, err := f.open(t.Context())
	require.NoError(t, err)
	require.Len(t, workers.Snapshots(), 1)
	snapshot := workers.Snapshots()[0].Image
	kept := f.inspected(snapshot) + log.String() + strings.Join(f.said, "\n") + strings.Join(result.Output, "\n") + f.stateFiles()
	for _, secret := range []string{token, "key-41b2"} {
		assert.NotContains(t, kept, secret)
	}
	assert.NotContains(t, f.inspected(snapshot), `"NPM_TOKEN=`, "not even its name")

	f.said = nil
	result = f.run(with, `echo "failed with $NPM_TOKEN" >&2; exit 1`)
	require.Len(t, result.Problems, 1)
	told, err := json.Marshal(result)
	require.NoError(t, err)
	assert.NotContains(t, string(told)+log.String(), token)
	assert.Contains(t, f.said, "failed with ***")
}

func TestSecrets_of_several_lines_leave_the_rest_of_the_output_readable(t *testing.T) {
	known := secrets{"KEY": "{\n  \"private_key\": \"key-41b2\"\n}\n", "PIN": "7f"}
	assert.Equal(t, `function f() { return {} } *** ***`, known.hider().Replace(`function f() { return {} } "private_key": "key-41b2" 7f`))
}

// inspected is all that the engine says of an image and of how it was made.
func (f *fixture) inspected(image string) string {
	f.t.Helper()
	cli, err := client.NewClientWithOpts(client.WithHost(f.engine.Endpoint()), client.WithAPIVersionNegotiation())
	require.NoError(f.t, err)
	defer cli.Close()
	found, err := cli.ImageInspect(f.t.Context(), image)
	require.NoError(f.t, err)
	history, err := cli.ImageHistory(f.t.Context(), image)
	require.NoError(f.t, err)
	text, err := json.Marshal([]any{found, history})
	require.NoError(f.t, err)
	return string(text)
}

// stateFiles is all that the workshop has written down.
func (f *fixture) stateFiles() string {
	var all strings.Builder
	require.NoError(f.t, filepath.WalkDir(f.state, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var content []byte
			content, err = os.ReadFile(path)
			all.Write(content)
		}
		return err
	}))
	require.NotEmpty(f.t, all.String())
	return all.String()
}

func TestSecrets_that_are_not_set_are_a_problem_before_anything_starts(t *testing.T) {
	f := newFixture(t)
	t.Setenv("EMPTY_TOKEN", "")
	for _, name := range []string{"NO_SUCH_TOKEN", "EMPTY_TOKEN"} {
		result := f.run(build.Container{Secrets: []string{name}}, "echo > dist/n")
		assert.Equal(t, codeSecret, f.code(result))
		assert.Contains(t, result.Problems[0].Message, name)
		assert.Empty(t, f.said)
	}
	result := f.run(build.Container{Service: "builder", Secrets: []string{"NO_SUCH_TOKEN"}}, "echo > dist/n")
	assert.Equal(t, codeSecret, f.code(result), "before the image of a service is built, too")
}

func TestWithheld_names_are_no_secrets_of_builds(t *testing.T) {
	assert.True(t, launcher.Withheld("RUNNER_SERVICE_TOKEN"))
	assert.True(t, launcher.Withheld("DEVPROXY_JOB_ID"))
	assert.False(t, launcher.Withheld("NPM_TOKEN"))
}
