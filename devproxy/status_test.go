package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestStatus_tells_what_is_wrong_in_its_answer(t *testing.T) {
	dir := uiOnly(t)
	s := startUp(t, "--extension", dir)
	status := func(flags ...string) (code int, stdout, stderr string) {
		var out, errs bytes.Buffer
		cmd := s.command(t, append([]string{"status"}, flags...)...)
		cmd.Stdout, cmd.Stderr = &out, &errs
		_ = cmd.Run() // the code says it
		return cmd.ProcessState.ExitCode(), out.String(), errs.String()
	}
	healthy := func() bool { code, _, _ := status("--check"); return code == 0 }
	require.Eventually(t, healthy, startLimit, 20*time.Millisecond)

	good, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	writeFile(t, filepath.Join(dir, "manifest.json"), "{\n  \"name\": \"plain\",\n}\n")
	require.Eventually(t, func() bool {
		_, stdout, _ := status()
		return strings.Contains(stdout, "manifest_invalid: manifest.json:2:18: is not valid JSON: a comma stands after the last item; remove it\n  1 | {\n> 2 |")
	}, startLimit, 20*time.Millisecond)
	code, stdout, stderr := status()
	assert.Zero(t, code, "without --check")
	assert.Equal(t, 1, strings.Count(stdout, "manifest_invalid"), stdout)
	assert.Empty(t, stderr)
	code, stdout, stderr = status("--check", "--json")
	assert.Equal(t, exitUnhealthy, code)
	assert.Contains(t, stderr, "not_healthy")
	var answer runnerstatus.Snapshot
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	problem := answer.Extensions[0].Problems[0]
	assert.Equal(t, []any{"manifest", "manifest.json", 2, 18}, []any{problem.Target, problem.File, problem.Line, problem.Column})

	writeFile(t, filepath.Join(dir, "manifest.json"), string(good))
	require.Eventually(t, healthy, startLimit, 20*time.Millisecond, "it is mended")
}

func TestStatus_check_minds_what_keeps_requests_or_saves_from_being_answered(t *testing.T) {
	up := []runnerstatus.Backend{{Name: "embedded", Selected: true, Status: "up"}, {Name: "docker", Status: "down"}}
	for _, c := range []struct {
		name string
		now  runnerstatus.Snapshot
		want string
	}{
		{"nothing", runnerstatus.Snapshot{Backends: up, Extensions: []runnerstatus.Extension{{Handler: runnerstatus.Handler{Status: "none"}}}}, ""},
		{"warnings", runnerstatus.Snapshot{Backends: up, Extensions: []runnerstatus.Extension{{Warnings: []runnerstatus.Problem{{Message: "w"}}}}}, ""},
		{"a backend", runnerstatus.Snapshot{Backends: []runnerstatus.Backend{{Name: "docker", Selected: true, Status: "down"}}}, "not_healthy: backend docker is down"},
		{"a backend with a share", runnerstatus.Snapshot{Backends: append(up[:1:1], runnerstatus.Backend{Name: "docker", Status: "down", Share: &runnerstatus.Share{Percent: 10}})}, "not_healthy: backend docker is down"},
		{"a backend with a share that is up", runnerstatus.Snapshot{Backends: append(up[:1:1], runnerstatus.Backend{Name: "docker", Status: "up", Share: &runnerstatus.Share{Header: "x"}})}, ""},
		{"an earlier build", runnerstatus.Snapshot{Backends: up, Extensions: []runnerstatus.Extension{{ID: "a.b", Build: "0123456789ab", LatestBuild: "ba9876543210", Handler: runnerstatus.Handler{Status: "ready"}}}}, "not_healthy: build 0123456789ab of a.b answers, not the working tree (ba9876543210)"},
		{"a build", runnerstatus.Snapshot{Extensions: []runnerstatus.Extension{{Problems: []runnerstatus.Problem{{File: "a.ts", Line: 2, Message: "bad"}}, Handler: runnerstatus.Handler{Status: "failed"}}}}, "not_healthy: a.ts:2: bad"},
		{"another folder's id", runnerstatus.Snapshot{Extensions: []runnerstatus.Extension{{Error: &runnerstatus.Fault{Code: "manifest_invalid", Message: "taken"}}}}, "not_healthy: taken"},
		{"a handler", runnerstatus.Snapshot{Extensions: []runnerstatus.Extension{{ID: "a.b", Handler: runnerstatus.Handler{Status: "missing"}}}}, "not_healthy: the handler of a.b is missing"},
		{"the config", runnerstatus.Snapshot{Error: "no port"}, "not_healthy: no port"},
	} {
		err := unhealthy(c.now)
		if c.want == "" {
			assert.NoError(t, err, c.name)
			continue
		}
		assert.EqualError(t, err, c.want, c.name)
	}
}
