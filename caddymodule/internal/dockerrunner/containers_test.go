package dockerrunner_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/volume"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
	"github.com/same-origin/devproxy/compose/runnerclient"
)

func TestStart_carries_out_every_option(t *testing.T) {
	r := newRig(t)
	volumes, err := r.engine.VolumeCreate(r.ctx, volume.CreateOptions{Name: unique()})
	require.NoError(t, err)
	name := unique()
	id := r.start(func(o *runnerclient.StartOptions) {
		*o = runnerclient.StartOptions{
			Image: o.Image, Name: name, Entrypoint: "/busybox", Cmd: []string{"sleep", "1000"}, Env: map[string]string{"A": "b"}, WorkingDir: "/tmp",
			AutoRemove: no, Binds: []string{volumes.Name + ":/data"}, NetworkMode: "none", TTY: true, Labels: map[string]string{"k": "v"},
			AnonymousVolumes: []string{"/anonymous"}, TTLSeconds: 77,
			CreateExtras: map[string]any{"Hostname": "extra", "StopSignal": "SIGKILL", "HostConfig": map[string]any{"Memory": 64 << 20}},
		}
	})
	found, err := r.engine.ContainerInspect(r.ctx, name)
	require.NoError(t, err)
	assert.Equal(t, id, found.ID)
	assert.Equal(t, []string{"/busybox"}, []string(found.Config.Entrypoint))
	assert.Contains(t, found.Config.Env, "A=b")
	assert.Equal(t, "/tmp", found.Config.WorkingDir)
	assert.Equal(t, "extra", found.Config.Hostname)
	assert.EqualValues(t, 64<<20, found.HostConfig.Memory)
	assert.Equal(t, "none", string(found.HostConfig.NetworkMode), "HostConfig is merged, not replaced")
	assert.False(t, found.HostConfig.AutoRemove)
	assert.True(t, found.Config.Tty)
	assert.Equal(t, "v", found.Config.Labels["k"])
	assert.Equal(t, "77", found.Config.Labels["devproxy.docker-runner.ttl"])
	assert.Len(t, found.Mounts, 2)

	labels, err := r.client.Labels(r.ctx, name)
	require.NoError(t, err)
	assert.Equal(t, found.Config.Labels, labels)
	networks, err := r.client.Networks(r.ctx, id)
	require.NoError(t, err)
	assert.Equal(t, []string{"none"}, networks)
	raw, err := r.client.Inspect(r.ctx, id)
	require.NoError(t, err)
	var body struct {
		ID string `json:"Id"`
	}
	require.NoError(t, json.Unmarshal(raw, &body))
	assert.Equal(t, id, body.ID)
	by, err := r.client.ListByVolume(r.ctx, volumes.Name)
	require.NoError(t, err)
	assert.Equal(t, []string{id}, by)

	assert.Equal(t, refusal{409, "conflict", false}, r.refused(request{method: "POST", target: "/v1/volumes/remove", body: `{"volumeName":"` + volumes.Name + `"}`}))
	require.NoError(t, r.client.Remove(r.ctx, id, runnerclient.RemoveOptions{Force: true, Volumes: true}))
	require.NoError(t, r.client.RemoveVolume(r.ctx, volumes.Name, true))
	require.NoError(t, r.client.RemoveVolume(r.ctx, volumes.Name, false), "one that is gone is no error")
}

func TestStart_that_does_not_succeed_leaves_nothing_behind(t *testing.T) {
	r := newRig(t)
	label := unique()
	_, err := r.client.Start(r.ctx, runnerclient.StartOptions{
		Image: shellImage(t, r.engine), Cmd: []string{"/no/such/program"}, AutoRemove: no, Labels: map[string]string{label: "x"},
	})
	var failed *runnerclient.RequestError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, 400, failed.Status)
	assert.Equal(t, "bad_parameter", failed.Code)
	left, err := r.client.FindByLabels(r.ctx, map[string]string{label: "x"}, true)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestFindByLabels_gives_the_oldest_first_and_only_those_that_run(t *testing.T) {
	r := newRig(t)
	label := unique()
	with := func(o *runnerclient.StartOptions) {
		o.Labels, o.AutoRemove = map[string]string{label: "x", "b": "c"}, no
	}
	first, second := r.start(with), r.start(with)
	wanted := map[string]string{label: "x", "b": "c"}
	all, err := r.client.FindByLabels(r.ctx, wanted, false)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{first, second}, all)
	require.NoError(t, r.client.Stop(r.ctx, first, 0))
	running, err := r.client.FindByLabels(r.ctx, wanted, false)
	require.NoError(t, err)
	assert.Equal(t, []string{second}, running)
	again, err := r.client.FindByLabels(r.ctx, wanted, true)
	require.NoError(t, err)
	assert.Equal(t, all, again, "the order does not change")
	none, err := r.client.FindByLabels(r.ctx, map[string]string{label: "y"}, true)
	require.NoError(t, err)
	assert.Equal(t, []string{}, none)
}

// archive is a tar of one file.
func archive(t *testing.T, name string, content []byte) []byte {
	var text bytes.Buffer
	w := tar.NewWriter(&text)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}))
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return text.Bytes()
}

func TestPutArchive_unpacks_up_to_its_limit(t *testing.T) {
	r := newRig(t)
	id := r.start()
	require.NoError(t, r.client.PutArchive(r.ctx, id, "/tmp", archive(t, "large", bytes.Repeat([]byte("x"), 8<<20))))
	got, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Args: []string{"/busybox", "wc", "-c", "/tmp/large"}})
	require.NoError(t, err)
	assert.Equal(t, "8388608 /tmp/large\n", got.Stdout)
	wait := func(h http.Header) { h.Set("Expect", "100-continue") }
	too := r.refused(request{method: "POST", target: "/v1/containers/putArchive", body: strings.Repeat("x", 64<<20+1), change: wait})
	assert.Equal(t, refusal{413, "body_too_large", false}, too)
	err = r.client.PutArchive(r.ctx, id, "/nowhere", archive(t, "a", nil))
	assert.True(t, runnerclient.HasStatus(err, 404), "%v", err)
	require.NoError(t, r.client.Stop(r.ctx, id, 0))
}

func TestStopped_container_takes_neither_commands_nor_archives(t *testing.T) {
	r := newRig(t)
	id := r.start(func(o *runnerclient.StartOptions) { o.AutoRemove = no })
	require.NoError(t, r.client.Stop(r.ctx, id, 0))
	got := r.refused(request{method: "POST", target: "/v1/exec/run", body: `{"containerId":"` + id + `","command":"true"}`})
	assert.Equal(t, refusal{500, "exec_failed", true}, got)
	got = r.refused(request{method: "POST", target: "/v1/containers/putArchive", body: `{"containerId":"` + id + `","path":"/","payloadBase64":"AAAA"}`})
	assert.Equal(t, refusal{500, "put_archive_failed", true}, got)
}

func TestExec_of_a_container_that_dies_gives_what_is_known(t *testing.T) {
	r := newRig(t)
	id := r.start()
	kill := time.AfterFunc(300*time.Millisecond, func() { _ = r.engine.ContainerKill(r.ctx, id, "KILL") })
	defer kill.Stop()
	got, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "echo before; sleep 1000"})
	require.NoError(t, err)
	assert.Equal(t, "before\n", got.Stdout)
	assert.Contains(t, []int{-1, 137}, got.ExitCode)
}

func TestPutArchive_into_a_container_that_dies_ends(t *testing.T) {
	r := newRig(t)
	id := r.start()
	dying := make(chan error, 1)
	go func() { dying <- r.engine.ContainerKill(r.ctx, id, "KILL") }()
	for {
		// Until it is seen to be dead: the last one meets its end halfway.
		err := r.client.PutArchive(r.ctx, id, "/tmp", archive(t, "some", bytes.Repeat([]byte("x"), 8<<20)))
		var failed *runnerclient.RequestError
		if errors.As(err, &failed) {
			assert.Contains(t, []int{404, 409, 500}, failed.Status)
			break
		}
		require.NoError(t, err)
	}
	require.NoError(t, <-dying)
}

func TestExec_output_goes_to_the_log_of_the_container_too(t *testing.T) {
	r := newRig(t)
	id := r.start(func(o *runnerclient.StartOptions) { o.AutoRemove = no })
	got, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "echo out; echo err >&2; exit 4", LogToPid1: true, TTY: true})
	require.NoError(t, err)
	assert.Equal(t, runnerclient.ExecResult{Stdout: "out\n", Stderr: "err\n", ExitCode: 4}, got)
	require.NoError(t, r.client.Stop(r.ctx, id, 0))
	stdout, stderr := r.logs(id, runnerclient.LogQuery{NoFollow: true})
	assert.Equal(t, "out\nerr\n", stdout+stderr)
}

func TestEnsureImage_says_why_there_is_none(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.client.EnsureImage(r.ctx, shellImage(t, r.engine), ""))
	got := r.refused(request{method: "POST", target: "/v1/images/ensure", body: `{"image":"127.0.0.1:1/nobody/nothing"}`})
	assert.Equal(t, refusal{500, "server_error", true}, got)
	got = r.refused(request{method: "POST", target: "/v1/containers/start", body: `{"image":"127.0.0.1:1/nobody/nothing:x"}`})
	assert.Equal(t, refusal{500, "server_error", true}, got)
}

func TestLease_ends_after_its_time_and_is_prolonged_by_use(t *testing.T) {
	r := newRig(t)
	short := func(o *runnerclient.StartOptions) { o.TTLSeconds, o.AutoRemove = 2, no }
	touched, forgotten := r.start(short), r.start(short)
	ended, failed := r.engine.ContainerWait(r.ctx, forgotten, "removed")
	for range 6 {
		select {
		case <-time.After(500 * time.Millisecond):
			require.NoError(t, r.client.Touch(r.ctx, touched))
		case <-r.ctx.Done():
			t.Fatal(r.ctx.Err())
		}
	}
	select {
	case <-ended:
	case err := <-failed:
		t.Fatal(err)
	}
	_, err := r.client.Inspect(r.ctx, touched)
	assert.NoError(t, err, "it was touched for three seconds")
	assert.Contains(t, r.log.String(), "removed a container whose time is over")
}

func TestLease_survives_a_restart(t *testing.T) {
	state := t.TempDir()
	at := func(s *dockerrunner.Settings) { s.StateDir = state }
	var id string
	t.Run("first", func(t *testing.T) {
		r := newRig(t, at)
		var err error
		id, err = r.client.Start(r.ctx, runnerclient.StartOptions{Image: shellImage(t, r.engine), Cmd: []string{"sleep", "1000"}, AutoRemove: no, TTLSeconds: 1, CreateExtras: map[string]any{"StopSignal": "SIGKILL"}})
		require.NoError(t, err)
	})
	r := newRig(t, at)
	r.discard(id)
	ended, failed := r.engine.ContainerWait(r.ctx, id, "removed")
	select {
	case <-ended:
	case err := <-failed:
		assert.ErrorContains(t, err, "No such container", "it was removed before we looked")
	}
}

func TestInput_that_is_wrong_is_refused_with_a_code(t *testing.T) {
	r := newRig(t)
	large := `{"containerId":"` + strings.Repeat("x", 1<<20) + `"}`
	bad := refusal{400, "validation_error", false}
	for name, c := range map[string]struct {
		q    request
		want refusal
	}{
		"truncated JSON":         {request{method: "POST", target: "/v1/containers/stop", body: `{"containerId":"x"`}, refusal{400, "malformed_json", false}},
		"no UTF-8":               {request{method: "POST", target: "/v1/containers/stop", body: "\"\xff\""}, refusal{400, "malformed_json", false}},
		"too deep":               {request{method: "POST", target: "/v1/containers/stop", body: strings.Repeat("[", 200) + strings.Repeat("]", 200)}, refusal{400, "malformed_json", false}},
		"too large":              {request{method: "POST", target: "/v1/containers/stop", body: large, change: func(h http.Header) { h.Set("Expect", "100-continue") }}, refusal{413, "body_too_large", false}},
		"an unknown route":       {request{method: "GET", target: "/v1/nothing"}, refusal{404, "route_not_found", false}},
		"the root":               {request{method: "GET", target: "/"}, refusal{404, "route_not_found", false}},
		"another method":         {request{method: "DELETE", target: "/v1/containers/stop"}, refusal{405, "method_not_allowed", false}},
		"an array":               {request{method: "POST", target: "/v1/containers/stop", body: `[]`}, bad},
		"a string":               {request{method: "POST", target: "/v1/containers/stop", body: `"x"`}, bad},
		"no body":                {request{method: "POST", target: "/v1/containers/stop"}, bad},
		"a number for an id":     {request{method: "POST", target: "/v1/containers/stop", body: `{"containerId":1}`}, bad},
		"a path for an id":       {request{method: "POST", target: "/v1/containers/stop", body: `{"containerId":"../x"}`}, bad},
		"a path in a query":      {request{method: "GET", target: "/v1/containers/inspect?containerId=..%2Fx"}, bad},
		"no id":                  {request{method: "GET", target: "/v1/containers/inspect"}, bad},
		"another key for the id": {request{method: "POST", target: "/v1/containers/stop", body: `{"ContainerId":"x"}`}, bad},
		"a negative grace":       {request{method: "POST", target: "/v1/containers/stop", body: `{"containerId":"x","timeoutSec":-1}`}, bad},
		"half a second of grace": {request{method: "POST", target: "/v1/containers/stop", body: `{"containerId":"x","timeoutSec":0.5}`}, bad},
		"an unknown key":         {request{method: "POST", target: "/v1/containers/start", body: `{"imgae":"x"}`}, bad},
		"a key in other letters": {request{method: "POST", target: "/v1/containers/start", body: `{"Image":"x"}`}, bad},
		"a wrong platform":       {request{method: "POST", target: "/v1/containers/start", body: `{"platform":"windows"}`}, bad},
		"a time to live of 0":    {request{method: "POST", target: "/v1/containers/start", body: `{"ttlSeconds":0}`}, bad},
		"a list of numbers":      {request{method: "POST", target: "/v1/containers/start", body: `{"cmd":[1]}`}, bad},
		"no image":               {request{method: "POST", target: "/v1/containers/start", body: `{"image":""}`}, bad},
		"an image with dots":     {request{method: "POST", target: "/v1/images/ensure", body: `{"image":"a/../../x"}`}, bad},
		"an env of numbers":      {request{method: "POST", target: "/v1/containers/start", body: `{"env":{"a":1}}`}, bad},
		"no labels":              {request{method: "POST", target: "/v1/containers/findByLabels", body: `{"labels":{}}`}, bad},
		"no volume":              {request{method: "GET", target: "/v1/containers/listByVolume"}, bad},
		"a volume's path":        {request{method: "POST", target: "/v1/volumes/remove", body: `{"volumeName":"/etc"}`}, bad},
		"no base64":              {request{method: "POST", target: "/v1/containers/putArchive", body: `{"containerId":"x","path":"/","payloadBase64":"%"}`}, bad},
		"no path":                {request{method: "POST", target: "/v1/containers/putArchive", body: `{"containerId":"x","payloadBase64":"AAAA"}`}, bad},
		"no command":             {request{method: "POST", target: "/v1/exec/run", body: `{"containerId":"x"}`}, bad},
		"a command of numbers":   {request{method: "POST", target: "/v1/exec/run", body: `{"containerId":"x","command":[1]}`}, bad},
		"a size of nothing":      {request{method: "POST", target: "/v1/exec/resize", body: `{"execId":"x","size":{"cols":0,"rows":1}}`}, bad},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			assert.Equal(t, c.want, r.refused(c.q))
		})
	}
}
