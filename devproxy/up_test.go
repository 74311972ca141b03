package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// fetch reads a page of a started devproxy.
func fetch(t *testing.T, address string) (int, string) {
	t.Helper()
	res, err := http.Get(address)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

// uiOnly is an extension that needs no build.
func uiOnly(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "ui"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ui", "index.html"), []byte("plain"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"),
		[]byte(`{"name":"plain","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`), 0o644))
	return dir
}

func TestUp_answers_status_while_it_runs(t *testing.T) {
	s := startUp(t, "--extension", uiOnly(t))
	out, err := s.command(t, "status", "--json").Output()
	require.NoError(t, err)
	var status runnerstatus.Snapshot
	require.NoError(t, json.Unmarshal(out, &status))
	assert.Equal(t, "embedded", status.Selected)
	require.Len(t, status.Backends, 3)
	for _, b := range status.Backends { // the others are there to be selected, and not started
		assert.Equal(t, map[string]string{"embedded": "up", "docker": "stopped", "knative": "not_configured"}[b.Name], b.Status)
	}
	require.Len(t, status.Extensions, 1)
	assert.Equal(t, "acme.plain", status.Extensions[0].ID)
	assert.Equal(t, "none", status.Extensions[0].Handler.Status)
	code, body := fetch(t, s.url+status.Extensions[0].UIURL)
	assert.Equal(t, 200, code)
	assert.Regexp(t, `plain$`, body)

	table, err := s.command(t, "status").Output()
	require.NoError(t, err)
	assert.Contains(t, string(table), "up, selected")
	assert.LessOrEqual(t, strings.Count(s.output.String(), "\n"), 10, "start-up says it in ten lines")
}

func TestUp_refuses_to_run_twice_for_one_project(t *testing.T) {
	s := startUp(t)
	out, err := s.command(t, "up", "--port", "0").CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitPort, exit.ExitCode())
	assert.Contains(t, string(out), "already_running")
}

func TestUp_listens_on_loopback_only_and_on_its_own_names(t *testing.T) {
	s := startUp(t)
	address, err := url.Parse(s.url)
	require.NoError(t, err)
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addresses {
		ip := a.(*net.IPNet).IP
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), address.Port()), time.Second)
		if err == nil {
			conn.Close()
		}
		assert.Equal(t, ip.Equal(net.IPv4(127, 0, 0, 1)) || ip.Equal(net.IPv6loopback), err == nil, ip)
	}
	req, err := http.NewRequest("GET", s.url+"/__runner/extensions", nil)
	require.NoError(t, err)
	req.Host = "evil.example:" + address.Port()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, 421, res.StatusCode)
	assert.Contains(t, string(body), "localhost", "a name that points here by DNS rebinding is told where to go")
}

func TestUp_starts_the_app_with_PORT_and_ends_it_with_itself(t *testing.T) {
	app := filepath.Join(t.TempDir(), "app.sh")
	// the app's own child outlives a parent that is only asked to end
	require.NoError(t, os.WriteFile(app, []byte("#!/bin/sh\ntrap '' TERM\necho listening on $PORT\nsleep 300 &\necho child $!\nwait\nwait\n"), 0o755))
	s := startUp(t, "--", app)
	require.Eventually(t, func() bool { return strings.Contains(s.output.String(), "[app] child ") }, startLimit, 10*time.Millisecond)
	assert.Regexp(t, `\[app\] listening on \d+`, s.output.String())
	_, after, _ := strings.Cut(s.output.String(), "[app] child ")
	child := strings.Fields(after)[0]

	took, err := s.interrupt(t)
	assert.NoError(t, err, "exit code 0")
	assert.Less(t, took, heldUp)
	assert.False(t, isAlive(t, child), "nothing is left running")
}

// isAlive says whether a process runs; a dead one that nobody has collected
// does not.
func isAlive(t *testing.T, pid string) bool {
	t.Helper()
	number, err := strconv.ParseInt(pid, 10, 32)
	require.NoError(t, err)
	p, err := process.NewProcess(int32(number))
	if err != nil {
		return false
	}
	status, err := p.Status()
	return err == nil && !slices.Contains(status, process.Zombie)
}

func TestUp_points_to_no_output_of_an_app_that_printed_nothing(t *testing.T) {
	for command, fix := range map[string]string{
		"exit 7":              "fix: it printed nothing; run 'sh -c exit 7' by itself to see why",
		"printf oops; exit 7": "fix: see its output above",
	} {
		cmd := exec.Command(binary(t), "up", "--port", "0", "--", "sh", "-c", command)
		cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(out), fix)
	}
}

func TestUp_ends_when_the_app_ends(t *testing.T) {
	cmd := exec.Command(binary(t), "up", "--port", "0", "--", "sh", "-c", "printf 'no newline'; exit 7")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitFailure, exit.ExitCode())
	assert.Contains(t, string(out), "[app] no newline\n")
	assert.Contains(t, string(out), "app_exited: the app ended: exit status 7")
}

// upstreamStream is an app whose answers never end.
func upstreamStream(t *testing.T) string {
	t.Helper()
	app := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go app.Serve(listener)
	t.Cleanup(func() { app.Close() })
	return "http://" + listener.Addr().String()
}

func TestUp_ends_within_its_bound_while_a_stream_is_open(t *testing.T) {
	s := startUp(t, "--app", upstreamStream(t))
	res, err := http.Get(s.url + "/events")
	require.NoError(t, err)
	defer res.Body.Close()
	took, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Less(t, took, heldUp)
	assert.NotContains(t, s.output.String(), "shutdown", "it was asked for")
}

func TestUp_tells_what_a_Caddyfile_of_your_own_does(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "C")
	port, err := freePort()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "{\n\tadmin off\n\trunner\n}\nhttp://:%d {\n\trespond mine\n}\n", port), 0o644))
	s := startWithin(t, startLimit, exec.Command(binary(t), "up", "--config", config))
	assert.Contains(t, s.output.String(), "has the runner directive")
	assert.Contains(t, s.output.String(), "other machines can reach :"+strconv.Itoa(port))
	assert.NotContains(t, s.output.String(), "the example host")
	assert.NotContains(t, s.output.String(), `"level"`, "Caddy's own lines stay out")
	assert.NoError(t, s.command(t, "status").Run(), "also with 'admin off', which is about the TCP endpoint")
}

func TestStatus_is_found_from_a_folder_below(t *testing.T) {
	parent := t.TempDir()
	child := filepath.Join(parent, "a", "b")
	require.NoError(t, os.MkdirAll(child, 0o755))
	cmd := exec.Command(binary(t), "up", "--port", "0")
	cmd.Dir = parent
	s := startWithin(t, startLimit, cmd)
	status := s.command(t, "status")
	status.Dir = child
	out, err := status.Output()
	assert.NoError(t, err)
	assert.Contains(t, string(out), "origin "+s.url+"\n")
	assert.Equal(t, s.url, statusOf(t, s).URL)
}

func TestUp_leaves_no_socket_and_no_temporary_folder_behind(t *testing.T) {
	s := startUp(t)
	_, err := s.interrupt(t)
	require.NoError(t, err)
	assertNoSockets(t, s.state)
}

func assertNoSockets(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		assert.NotContains(t, filepath.Base(path), ".sock")
		assert.NotRegexp(t, `^devproxy-[0-9a-f]{8}-`, filepath.Base(path), "the runner's folder")
		return err
	}))
}

func TestUp_sweeps_what_a_killed_devproxy_left(t *testing.T) {
	s := startUp(t)
	require.NoError(t, s.cmd.Process.Kill())
	<-s.exited
	again := s.command(t, "up", "--port", "0")
	require.NoError(t, again.Start())
	require.Eventually(t, func() bool { return s.command(t, "status").Run() == nil }, startLimit, 20*time.Millisecond)
	require.NoError(t, again.Process.Signal(os.Interrupt))
	require.NoError(t, again.Wait())
	assertNoSockets(t, s.state)
}

func TestUp_a_second_interrupt_ends_the_app_too(t *testing.T) {
	s := startUp(t, "--", "sh", "-c", "trap '' TERM; echo child $$; while :; do sleep 1; done")
	require.Eventually(t, func() bool { return strings.Contains(s.output.String(), "[app] child ") }, startLimit, 10*time.Millisecond)
	_, after, _ := strings.Cut(s.output.String(), "[app] child ")
	require.NoError(t, s.cmd.Process.Signal(os.Interrupt))
	require.Eventually(t, func() bool { return strings.Contains(s.output.String(), "Ctrl-C again") }, startLimit, time.Millisecond)
	require.NoError(t, s.cmd.Process.Signal(os.Interrupt))
	<-s.exited
	assert.Equal(t, exitForced, s.cmd.ProcessState.ExitCode())
	assert.Eventually(t, func() bool { return !isAlive(t, strings.Fields(after)[0]) }, startLimit, 10*time.Millisecond)
}

func TestUp_does_not_wait_for_a_process_that_left_the_app(t *testing.T) {
	s := startUp(t, "--", "sh", "-c", "setsid sleep 20 & echo started; wait")
	require.Eventually(t, func() bool { return strings.Contains(s.output.String(), "[app] started") }, startLimit, 10*time.Millisecond)
	took, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Less(t, took, heldUp)
}

func TestUp_ends_in_time_during_the_first_compile(t *testing.T) {
	cmd := exec.Command(binary(t), "up", "--port", "0", "--extension", hello(t))
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	s := startWithin(t, startLimit, cmd)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		_, body := fetch(t, s.url+"/__runner/extensions")
		assert.Contains(c, body, `"building"`)
	}, startLimit, 10*time.Millisecond)
	took, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Less(t, took, heldUp)
	assert.NotContains(t, s.output.String(), "cleanup", "that a compilation is given up is no error")
}

func TestUp_an_app_has_an_input_that_does_not_end(t *testing.T) {
	s := startUp(t, "--", "sh", "-c", "echo waiting; cat; echo input ended")
	require.Eventually(t, func() bool { return strings.Contains(s.output.String(), "[app] waiting") }, startLimit, 10*time.Millisecond)
	_, err := s.interrupt(t)
	require.NoError(t, err)
	assert.NotContains(t, s.output.String(), "input ended")
}

func TestUp_ends_in_time_with_a_Caddyfile_that_names_no_grace_period(t *testing.T) {
	app := upstreamStream(t)
	config := filepath.Join(t.TempDir(), "C")
	port, err := freePort()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "{\n\tadmin localhost:1\n\trunner\n}\nhttp://localhost:%d {\n\tbind 127.0.0.1\n\trunner\n\trunner_app %s\n}\n", port, app), 0o644))
	s := startWithin(t, startLimit, exec.Command(binary(t), "up", "--config", config))
	res, err := http.Get(s.url + "/events")
	require.NoError(t, err)
	defer res.Body.Close()
	took, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Less(t, took, heldUp)
}

// TestUp_ends_the_streams_of_its_own_pages holds that what a server waits for is
// work: with pages open, a grace of an hour would be one.
func TestUp_ends_the_streams_of_its_own_pages(t *testing.T) {
	config := filepath.Join(t.TempDir(), "C")
	port, err := freePort()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "{\n\tadmin localhost:1\n\tgrace_period 1h\n\trunner {\n\t\textension %q\n\t}\n}\nhttp://localhost:%d {\n\tbind 127.0.0.1\n\trunner\n}\n", uiOnly(t), port), 0o644))
	s := startWithin(t, startLimit, exec.Command(binary(t), "up", "--config", config))
	var page string
	require.Eventually(t, func() bool {
		_, page = fetch(t, s.url+s.uiURL(t, http.DefaultClient))
		return strings.Contains(page, "client.js?")
	}, startLimit, 20*time.Millisecond)
	live := regexp.MustCompile(`client\.js\?([^"]+)`).FindStringSubmatch(page)
	require.NotEmpty(t, live, page)
	for _, path := range []string{"/__runner/extensions/events", "/__runner/dashboard/events", "/__runner/live/events?" + html.UnescapeString(live[1])} {
		res, err := http.Get(s.url + path)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"), path)
	}
	_, err = s.interrupt(t)
	assert.NoError(t, err)
}

func TestUp_loads_folders_whatever_their_names(t *testing.T) {
	parent := t.TempDir()
	for _, name := range []string{`we\ird`, "br{x}ce", "a space", `quo"te`} {
		dir := filepath.Join(parent, name)
		require.NoError(t, os.CopyFS(dir, os.DirFS(uiOnly(t))))
		s := startUp(t, "--extension", dir)
		_, body := fetch(t, s.url+"/__runner/extensions")
		assert.Contains(t, body, `"acme.plain"`, name)
		_, err := s.interrupt(t)
		require.NoError(t, err)
	}
}
