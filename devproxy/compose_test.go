package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// upInContainer starts devproxy on a project of its own, and returns what the
// engine held before.
func upInContainer(t *testing.T) (s *started, name string) {
	t.Helper()
	dockerEngine(t)
	s = startUp(t, "--backend", "docker", "--extension", uiOnly(t))
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		out, err := s.command(t, "status", "--json").Output()
		if !assert.NoError(c, err) {
			return
		}
		var now runnerstatus.Snapshot
		assert.NoError(c, json.Unmarshal(out, &now))
		if assert.NotNil(c, now.Compose) && assert.Equal(c, 1, now.Generation()) {
			name = now.Compose.Name
		}
	}, compileLimit+startLimit, 100*time.Millisecond, "%s", s.output)
	t.Cleanup(func() {
		_ = exec.Command("docker", "rmi", "-f", "devproxy-runner:"+strings.TrimPrefix(name, "devproxy-")).Run()
	})
	s.removedAfter(t)
	return s, name
}

// census lists all that the engine holds for a compose project.
func census(t *testing.T, project string) []string {
	t.Helper()
	filter := "label=com.docker.compose.project=" + project
	var all []string
	for _, args := range [][]string{
		{"ps", "-aq", "--filter", filter}, {"network", "ls", "-q", "--filter", filter}, {"volume", "ls", "-q", "--filter", filter},
	} {
		out, err := exec.Command("docker", args...).Output()
		require.NoError(t, err)
		all = append(all, strings.Fields(string(out))...)
	}
	return all
}

// output runs another devproxy of the project, which must succeed.
func (s *started) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := s.command(t, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "devproxy %s: %s%s", strings.Join(args, " "), out, &stderr)
	return string(out)
}

// fails runs one that must not succeed.
func (s *started) fails(t *testing.T, code int, args ...string) string {
	t.Helper()
	out, err := s.command(t, args...).CombinedOutput()
	exit := new(exec.ExitError)
	require.ErrorAs(t, err, &exit, "%s", out)
	assert.Equal(t, code, exit.ExitCode(), "%s", out)
	return string(out)
}

// says runs one that succeeds, and gives both its outputs.
func (s *started) says(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := s.command(t, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), "devproxy %s: %s%s", strings.Join(args, " "), &out, &errs)
	return out.String(), errs.String()
}

func membersOf(t *testing.T, s *started) []member {
	t.Helper()
	var list listing
	require.NoError(t, json.Unmarshal([]byte(s.run(t, "ps", "--json")), &list))
	assert.Equal(t, 1, list.V)
	return list.Containers
}

func logged(t *testing.T, s *started, args ...string) (lines []logLine) {
	t.Helper()
	for line := range strings.Lines(s.run(t, append([]string{"logs", "--json"}, args...)...)) {
		var l logLine
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		lines = append(lines, l)
	}
	return lines
}

func TestCompose_commands_reach_the_running_project(t *testing.T) {
	s, name := upInContainer(t)

	t.Run("ps shows the container that has the traffic", func(t *testing.T) {
		list := membersOf(t, s)
		require.Len(t, list, 1)
		assert.Equal(t, "extension-runner", list[0].Service)
		assert.Equal(t, 1, list[0].Generation)
		assert.True(t, list[0].Live)
		assert.True(t, list[0].Ours)
		require.Len(t, list[0].Ports, 1)
		assert.Equal(t, "127.0.0.1", list[0].Ports[0].HostIP)
		assert.Regexp(t, `extension-runner +1, live +running`, s.run(t, "ps"))
	})

	t.Run("logs shows what the first generation wrote", func(t *testing.T) {
		assert.Regexp(t, `(?m)^extension-runner\[1\] \| .*listening`, s.run(t, "logs"))
		lines := logged(t, s, "extension-runner")
		require.NotEmpty(t, lines)
		assert.Equal(t, uint64(1), lines[0].Seq)
		assert.Equal(t, 1, lines[0].V)
		assert.Equal(t, 1, lines[0].Generation)
		assert.NotEmpty(t, lines[0].Stream)
		assert.WithinDuration(t, time.Now(), lines[0].Time, time.Hour)
		assert.Len(t, logged(t, s, "--tail", "1"), 1)
		stdout, stderr := s.says(t, "logs", "--json", "--since", time.Now().Add(time.Hour).Format(time.RFC3339))
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, "no container has written anything since ")
	})

	t.Run("logs of builds says that there are none for an image that devproxy makes", func(t *testing.T) {
		assert.Contains(t, s.fails(t, exitFailure, "logs", "--source", "build"), "no_build: the runner's image holds this devproxy")
	})

	t.Run("exec gives output and exit code of the command", func(t *testing.T) {
		assert.Contains(t, s.run(t, "exec", "extension-runner", "--", "/devproxy", "version"), "devproxy ")
		out := s.fails(t, exitUsage, "exec", "extension-runner", "--", "/devproxy", "nonsense")
		assert.Contains(t, out, "unknown_command")
		assert.NotContains(t, out, "the command ended", "the command has said it")
	})

	t.Run("exec in a terminal gives the command one", func(t *testing.T) {
		script, err := exec.LookPath("script")
		if err != nil {
			unavailable(t, "there is no 'script' to make a terminal with")
		}
		cmd := s.command(t, "exec", "extension-runner", "--", "/devproxy", "version")
		inTerminal := exec.CommandContext(t.Context(), script, "-qec", strings.Join(cmd.Args, " "), "/dev/null")
		inTerminal.Env = cmd.Env
		out, err := inTerminal.CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Regexp(t, `devproxy .*\r\n`, string(out), "a terminal ends lines its own way")
	})

	t.Run("a wrong name is answered with the right ones", func(t *testing.T) {
		for _, args := range [][]string{{"logs", "web"}, {"exec", "web", "--", "ls"}, {"restart", "web"}, {"restart", "web", "--build"}} {
			out := s.fails(t, exitUsage, args...)
			assert.Contains(t, out, "service_unknown")
			assert.Contains(t, out, "name one of extension-runner")
		}
		assert.Contains(t, s.fails(t, exitUsage, "restart", "extension-runer"), "did you mean extension-runner?")
		assert.NotContains(t, s.output.String(), "ERROR", "what a command asks for wrongly is no error of devproxy")
		assert.Contains(t, s.fails(t, 126, "exec", "extension-runner", "--", "/nonexistent"), "no such file", "as in Docker's own command")
	})

	t.Run("restart makes generation 2, and logs goes on with it", func(t *testing.T) {
		follow := s.command(t, "logs", "--follow", "--tail", "1")
		seen := &transcript{}
		follow.Stdout, follow.Stderr = seen, seen
		require.NoError(t, follow.Start())
		require.Eventually(t, func() bool { return strings.Contains(seen.String(), "extension-runner[1] | ") }, startLimit, 10*time.Millisecond)
		assert.Equal(t, "generation 2 of extension-runner has the traffic\n", s.run(t, "restart"))
		require.Eventually(t, func() bool { return strings.Contains(seen.String(), "extension-runner[2] | ") }, startLimit, 10*time.Millisecond, "%s", seen)
		require.NoError(t, follow.Process.Signal(syscall.SIGINT))
		assert.NoError(t, follow.Wait(), "Ctrl-C is how following ends")

		require.EventuallyWithT(t, func(c *assert.CollectT) {
			list := membersOf(t, s)
			assert.Len(c, list, 1, "the one before is gone")
			assert.Equal(c, 2, list[len(list)-1].Generation)
		}, startLimit, 100*time.Millisecond)
	})

	t.Run("down -v removes containers, network and volume", func(t *testing.T) {
		assert.Len(t, census(t, name), 3)
		out := s.run(t, "down", "-v")
		assert.Contains(t, out, "devproxy has stopped\n")
		assert.Contains(t, out, "project "+name+" is removed, with its volumes\n")
		assert.Empty(t, census(t, name))
		<-s.exited
		assert.NoError(t, s.err)
	})
}

func TestCompose_what_a_killed_devproxy_left_can_be_looked_at_and_removed(t *testing.T) {
	s, name := upInContainer(t)
	require.NoError(t, s.cmd.Process.Kill())
	<-s.exited
	list := membersOf(t, s)
	require.Len(t, list, 1)
	assert.False(t, list[0].Live, "nobody sends it requests")
	assert.NotEmpty(t, logged(t, s))
	assert.Contains(t, s.run(t, "exec", "extension-runner", "--", "/devproxy", "version"), "devproxy ")
	assert.Contains(t, s.fails(t, exitFailure, "restart"), "not_running")

	kept := "volume " + name + "_state is kept; 'devproxy down -v' removes it\n"
	assert.Equal(t, "project "+name+" is removed (containers: 1)\n"+kept, s.run(t, "down"))
	assert.Len(t, census(t, name), 1, "the volume stays")
	assert.Equal(t, "there was nothing of project "+name+" to remove\n"+kept, s.run(t, "down"))
	assert.Equal(t, "project "+name+" is removed, with its volumes\n", s.run(t, "down", "-v"))
	assert.Empty(t, census(t, name))
	assert.Equal(t, "there was nothing of project "+name+" to remove\n", s.run(t, "down", "-v"))
}

func TestCompose_a_project_of_files_that_a_killed_devproxy_left_is_found_by_its_labels(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up()
	awaitBuild(t, s, "first")
	require.NoError(t, s.cmd.Process.Kill())
	<-s.exited
	down := s.command(t, "down")
	out, err := down.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, "project "+p.name+" is removed (containers: 1)\n", string(out))
	assert.Empty(t, census(t, p.name))
}

func TestCompose_a_project_of_files_is_remembered_after_its_end(t *testing.T) {
	p := newComposeProject(t, "    volumes: [\"kept:/kept\"]\nvolumes: {kept: {}}\n")
	s := p.up()
	awaitBuild(t, s, "first")
	assert.Equal(t, "devproxy has stopped\nvolume "+p.name+"_kept is kept; 'devproxy down -v' removes it\n", s.run(t, "down"))
	_, stderr := s.says(t, "ps")
	assert.Contains(t, stderr, "project "+p.name+" has no container")
	s.run(t, "down", "-v")
	assert.Empty(t, census(t, p.name), "what was promised")

	require.NoError(t, os.Remove(filepath.Join(p.dir, "compose.yml")))
	assert.Contains(t, s.fails(t, exitFailure, "ps"), "no_compose_project", "a project whose file is gone is none")
}

func TestCompose_logs_show_the_last_build(t *testing.T) {
	p := newComposeProject(t, "")
	s := p.up()
	awaitBuild(t, s, "first")
	assert.Regexp(t, `(?m)^extension-runner \| .*COPY service /service`, s.run(t, "logs", "--source", "build"))
	p.write("Dockerfile", "FROM scratch\nCOPY service /another\nCOPY nowhere /service\n")
	assert.Contains(t, s.fails(t, exitFailure, "restart", "--build"), "nowhere")
	assert.NotContains(t, s.run(t, "logs", "--source", "build"), "COPY service /service", "the last one alone")
	lines := logged(t, s, "--source", "build", "--tail", "1")
	require.Len(t, lines, 1)
	assert.Equal(t, "extension-runner", lines[0].Service)
	assert.WithinDuration(t, time.Now(), lines[0].Time, time.Minute)
	assert.Empty(t, logged(t, s, "--source", "build", "--since", "0s"))
	assert.Contains(t, s.fails(t, exitUsage, "logs", "--source", "build", "--follow"), "conflicting_flags")
}

func TestCompose_commands_without_a_project_say_how_to_get_one(t *testing.T) {
	for _, args := range [][]string{{"ps"}, {"logs"}, {"exec", "web", "--", "ls"}} {
		code, _, stderr := inFolder(t, nil, args...)
		assert.Equal(t, exitFailure, code)
		assert.Contains(t, stderr, "no_compose_project")
		assert.Contains(t, stderr, "devproxy up --backend docker")
	}
	code, _, stderr := inFolder(t, nil, "logs", "--source", "build")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, stderr, "no_build")
	for _, args := range [][]string{{"down"}, {"down", "-v"}, {"restart"}} {
		code, _, stderr := inFolder(t, nil, args...)
		assert.Equal(t, exitFailure, code)
		assert.Contains(t, stderr, "not_running")
	}
}

func TestCompose_commands_without_an_engine_exit_5(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
	files := map[string]string{"c.yml": "services:\n  web:\n    image: x\n"}
	for _, args := range [][]string{{"ps", "-f", "c.yml"}, {"logs", "--file", "c.yml"}, {"exec", "-f", "c.yml", "web", "--", "ls"}, {"down", "-f", "c.yml"}} {
		code, _, stderr := inFolder(t, files, args...)
		assert.Equal(t, exitEngine, code, args)
		assert.Contains(t, stderr, "engine_unavailable")
		assert.Contains(t, stderr, "unix:///nonexistent/docker.sock")
	}
}

func TestCompose_usage_errors_say_what_was_meant(t *testing.T) {
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"exec", "web", "ls"}, []string{"unexpected_argument", "exec SERVICE -- COMMAND"}},
		{[]string{"exec", "--", "ls"}, []string{"unexpected_argument"}},
		{[]string{"logs", "--tail", "0"}, []string{"invalid_flag", "--follow --since 0s"}},
		{[]string{"logs", "--source", "ci"}, []string{"invalid_flag", "--source build"}},
		{[]string{"logs", "--since", "yesterday"}, []string{"invalid_flag", "10m"}},
	} {
		code, _, stderr := inFolder(t, nil, c.args...)
		assert.Equal(t, exitUsage, code, c.args)
		for _, text := range c.says {
			assert.Contains(t, stderr, text)
		}
	}
}

func TestDown_with_an_embedded_backend_asks_for_no_engine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	s := startUp(t, "--extension", uiOnly(t))
	assert.Contains(t, s.fails(t, exitFailure, "restart"), "no_compose_project")
	assert.Equal(t, "devproxy has stopped\n", s.run(t, "down", "-v"))
}

func TestCompose_commands_exit_5_where_the_running_devproxy_reaches_no_engine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	s := startUp(t, "--extension", uiOnly(t))
	_ = s.command(t, "use", "docker").Run() // it does not answer
	for _, args := range [][]string{{"ps"}, {"logs"}} {
		said := s.fails(t, exitEngine, args...)
		assert.Contains(t, said, "devproxy: engine_unavailable: no container engine answers")
		assert.Equal(t, 1, strings.Count(said, "fix: "), said)
	}
}
