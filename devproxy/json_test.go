package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// silent are the commands that print nothing for a program to read: they make
// files, or hand over to what writes lines of its own.
var silent = []string{
	"init", "exec", "runner", "docker-runner", "trust", "untrust",
}

// jsonCall is a command with --json, and what it prints.
type jsonCall struct {
	args    []string
	exit    int
	prints  string   // types of the lines on stdout, one after another; + is one or more
	failing []string // types on stderr
}

// jsonEmbedded are asked of a devproxy with one extension that builds and one
// that does not.
var jsonEmbedded = []jsonCall{
	{args: []string{"status"}, prints: "status"},
	{args: []string{"status", "--check"}, exit: exitUnhealthy, prints: "status", failing: []string{"error"}},
	{args: []string{"build"}, exit: exitFailure, prints: "build", failing: []string{"error"}},
	{args: []string{"builds"}, prints: "builds"},
	{args: []string{"use-build", "--latest", "--extension", "good"}, prints: "builds"},
	{args: []string{"use-build", "zz"}, exit: exitUsage, failing: []string{"error"}},
	{args: []string{"bisect", "--extension", "good", "--run", "exit 0"}, exit: exitUsage, failing: []string{"error"}},
	{args: []string{"wait", "--for", "backend=up"}, prints: "status"},
	{args: []string{"wait", "--for", "build=ffff", "--timeout", "1ms"}, exit: exitFailure, failing: []string{"error"}},
	{args: []string{"use", "embedded"}, prints: "status"},
	{args: []string{"use", "nobody"}, exit: exitUsage, failing: []string{"error"}},
	{args: []string{"replay", "--list"}, prints: "executes"},
	{args: []string{"replay"}, exit: exitFailure, failing: []string{"error"}},
	{args: []string{"trace", "--last"}, exit: exitFailure, failing: []string{"error"}},
	{args: []string{"capabilities"}, prints: "capabilities"},
	{args: []string{"dashboard", "--no-open"}, prints: "dashboard"},
	{args: []string{"version"}, prints: "version"},
	{args: []string{"explain", "build_failed"}, prints: "explain"},
	{args: []string{"explain", "nothing"}, exit: exitUsage, failing: []string{"error"}},
	{args: []string{"config"}, prints: "config"},
	{args: []string{"config", "--explain", "nothing"}, exit: exitUsage, failing: []string{"error"}},
	{args: []string{"doctor", "--port", "0"}, prints: "doctor"},
	{args: []string{"ci", "--extension", "good", "--", "echo", "ran"}, prints: "build ready exit"},
	{args: []string{"ci", "--extension", "good", "--", "sh", "-c", "exit 7"}, exit: 7, prints: "build ready exit"},
	{args: []string{"down"}, prints: "down"},
	{args: []string{"status"}, exit: exitFailure, failing: []string{"error"}},
}

// jsonDocker are asked of one with a compose project.
var jsonDocker = []jsonCall{
	{args: []string{"status"}, prints: "status"},
	{args: []string{"ps"}, prints: "ps"},
	{args: []string{"logs"}, prints: "log+"},
	{args: []string{"logs", "--source", "build"}, prints: "log+"},
	{args: []string{"logs", "nobody"}, exit: exitUsage, failing: []string{"error"}},
	{args: []string{"restart"}, prints: "status"},
	{args: []string{"down", "--volumes"}, prints: "down"},
}

func TestJSON_every_command_that_prints_data_has_it_and_is_run_here(t *testing.T) {
	run := []string{"up"} // in TestJSON_of_up_…
	for _, call := range slices.Concat(jsonEmbedded, jsonDocker) {
		run = append(run, call.args[0])
	}
	for _, cmd := range newRoot().Commands() {
		if cmd.GroupID != "dev" { // it is Caddy's
			continue
		}
		has := cmd.Flags().Lookup("json") != nil
		assert.Equal(t, !slices.Contains(silent, cmd.Name()), has, "%s: does it print data? then it has --json; else it is silent", cmd.Name())
		assert.Equal(t, has, slices.Contains(run, cmd.Name()), "%s --json is to be run in this test", cmd.Name())
		assert.Equal(t, has, strings.Contains(cmd.Example, "--json"), "%s has no example with --json", cmd.Name())
	}
}

func TestJSON_examples_of_the_documentation_are_valid(t *testing.T) {
	page, err := os.ReadFile("../docs/json.md")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, block := range regexp.MustCompile("(?ms)^```json\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		for _, name := range checkLines(t, block[1]) {
			seen[name] = true
		}
	}
	for name := range forms {
		assert.True(t, seen[name], "docs/json.md has no example of %s", name)
		assert.Contains(t, string(page), "(schemas/"+name+".json)")
	}
}

func TestJSON_of_a_running_devproxy_is_what_the_schemas_say(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{typed(t): "good", uiOnly(t): "bad"} {
		require.NoError(t, os.Rename(from, filepath.Join(dir, to)))
	}
	writeFile(t, filepath.Join(dir, "bad", "manifest.json"), `{"name":`)
	cmd := exec.Command(binary(t), "up", "--port", "0", "--extension", "good", "--extension", "bad")
	cmd.Dir = dir
	runJSON(t, startWithin(t, startLimit, cmd), jsonEmbedded)
}

func TestJSON_of_a_compose_project_is_what_the_schemas_say(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up()
	awaitBuild(t, s, "first")
	runJSON(t, s, jsonDocker)
}

func runJSON(t *testing.T, s *started, calls []jsonCall) {
	t.Helper()
	for _, call := range calls {
		t.Run(strings.Join(call.args, " "), func(t *testing.T) {
			args := slices.Insert(slices.Clone(call.args), 1, "--json") // before `--`
			cmd := s.command(t, args...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			assert.Equal(t, call.exit, exitCode(t, cmd.Run()), "%s%s", &stdout, &stderr)
			types := checkLines(t, stdout.String())
			if kind, many := strings.CutSuffix(call.prints, "+"); many {
				require.NotEmpty(t, types)
				types = slices.Compact(types)
				call.prints = kind
			}
			assert.Equal(t, strings.Fields(call.prints), types, "%s", &stderr)
			var failing []string
			for line := range strings.Lines(stderr.String()) {
				if strings.HasPrefix(line, `{"v":`) {
					failing = append(failing, checkLines(t, line)...)
				}
			}
			assert.Equal(t, call.failing, failing)
		})
	}
}

// checkLines gives the types of the lines, each of which must be valid, and
// must not be so with any damage.
func checkLines(t *testing.T, output string) []string {
	t.Helper()
	types := []string{}
	for line := range strings.Lines(output) {
		var head form
		require.NoError(t, json.Unmarshal([]byte(line), &head), line)
		schema := publishedSchema(t, head.Type)
		whole, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		require.NoError(t, err, line)
		require.NoError(t, schema.Validate(whole), line)
		damage(whole, func(what string) {
			assert.Error(t, schema.Validate(whole), "with %s the schema of %s takes it: %s", what, head.Type, line)
		})
		types = append(types, head.Type)
	}
	return types
}

// damage changes one thing after another, at every depth, and calls try while
// it is changed.
func damage(value any, try func(what string)) {
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			damage(each, try)
		}
	case map[string]any:
		value["unknown_member"] = []any{"x"} // no map of words takes it either
		try("an unknown member")
		delete(value, "unknown_member")
		for key, was := range value {
			value[key] = []any{map[string]any{}, "of no use"}
			try("a wrong " + key)
			value[key] = was
			damage(was, try)
		}
	}
}

func TestSchemas_refuse_documents_that_lack_a_member(t *testing.T) {
	for name := range forms {
		schema := publishedSchema(t, name)
		assert.Contains(t, schema.Required, "v")
		assert.Contains(t, schema.Required, "type")
		assert.Error(t, schema.Validate(map[string]any{"v": 1, "type": name}), "%s has members of its own that are required", name)
		for _, wrong := range []map[string]any{{"v": 2, "type": name}, {"v": 1, "type": "other"}} {
			assert.Error(t, schema.Validate(wrong))
		}
	}
}

func publishedSchema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(filepath.Join(schemaDir, name+".json"))
	require.NoError(t, err, "a line of type %q", name)
	return schema
}
