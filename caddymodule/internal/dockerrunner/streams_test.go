package dockerrunner_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/pkg/stdcopy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
	"github.com/same-origin/devproxy/compose/runnerclient"
	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

// logs reads a log to its end and takes it apart.
func (r *rig) logs(id string, q runnerclient.LogQuery) (stdout, stderr string) {
	r.t.Helper()
	var raw, out, errs bytes.Buffer
	require.NoError(r.t, r.client.Logs(r.ctx, id, q, func(chunk []byte) error {
		raw.Write(chunk)
		return nil
	}))
	_, err := stdcopy.StdCopy(&out, &errs, &raw)
	require.NoError(r.t, err)
	return out.String(), errs.String()
}

func TestLogs_follow_a_container_to_its_end(t *testing.T) {
	r := newRig(t)
	id := r.start(func(o *runnerclient.StartOptions) {
		o.AutoRemove, o.Cmd = no, []string{"sh", "-c", "for i in 1 2 3; do echo line $i; sleep 0.1; done; echo err >&2"}
	})
	stdout, stderr := r.logs(id, runnerclient.LogQuery{})
	assert.Equal(t, "line 1\nline 2\nline 3\n", stdout)
	assert.Equal(t, "err\n", stderr)
	stdout, stderr = r.logs(id, runnerclient.LogQuery{NoFollow: true, Tail: 1})
	assert.Equal(t, "err\n", stdout+stderr)
	stdout, stderr = r.logs(id, runnerclient.LogQuery{NoFollow: true, NoStdout: true})
	assert.Equal(t, "err\n", stdout+stderr)
	stdout, _ = r.logs(id, runnerclient.LogQuery{Timestamps: true})
	assert.Regexp(t, `^\d{4}-\d\d-\d\dT\S+Z line 1\n`, stdout)
}

func TestLogs_end_when_their_container_is_killed(t *testing.T) {
	r := newRig(t)
	id := r.start(func(o *runnerclient.StartOptions) { o.Cmd = []string{"sh", "-c", "echo up; exec sleep 1000"} })
	var said bytes.Buffer
	require.NoError(t, r.client.Logs(r.ctx, id, runnerclient.LogQuery{}, func(chunk []byte) error {
		said.Write(chunk)
		return r.engine.ContainerKill(r.ctx, id, "KILL")
	}))
	assert.Contains(t, said.String(), "up")
}

func TestLogs_booleans_are_read_as_words_and_unknown_ones_refused(t *testing.T) {
	r := newRig(t)
	id := r.start(func(o *runnerclient.StartOptions) { o.Cmd = []string{"sh", "-c", "echo x; exec sleep 1000"} })
	for _, word := range []string{"false", "0", "no", "FALSE"} {
		status, body := r.ask(request{method: "GET", target: "/v1/containers/logs/sse?containerId=" + id + "&follow=" + word})
		assert.Equal(t, 200, status)
		assert.True(t, strings.HasSuffix(body, "data:{\"type\":\"end\"}\n\n"), body)
	}
	for _, query := range []string{"follow=maybe", "stdout=", "stderr=2", "timestamps=on", "tail=x", "since=-1", "tail=NaN"} {
		got := r.refused(request{method: "GET", target: "/v1/containers/logs/sse?containerId=" + id + "&" + query})
		assert.Equal(t, refusal{400, "validation_error", false}, got, query)
	}
	got := r.refused(request{method: "GET", target: "/v1/containers/logs/sse?containerId=" + id + "&stdout=no&stderr=no"})
	assert.Equal(t, refusal{400, "bad_parameter", false}, got)
}

func TestEvents_of_a_container_arrive_once_and_in_order(t *testing.T) {
	r := newRig(t)
	label := unique()
	first := r.start(func(o *runnerclient.StartOptions) { o.Labels = map[string]string{label: "<1>"} })
	found, err := r.engine.ContainerInspect(r.ctx, first)
	require.NoError(t, err)
	created, err := time.Parse(time.RFC3339Nano, found.Created)
	require.NoError(t, err)
	var actions []string
	done := errors.New("all that is expected has come")
	query := runnerclient.EventQuery{Since: float64(created.Unix()), Filters: map[string][]string{"label": {label}, "type": {"container"}}}
	err = r.client.Events(r.ctx, query, func(text json.RawMessage) error {
		var event struct{ Action string }
		require.NoError(t, json.Unmarshal(text, &event))
		switch actions = append(actions, event.Action); event.Action {
		case "start":
			return r.engine.ContainerKill(r.ctx, first, "KILL")
		case "destroy":
			return done
		}
		return nil
	})
	require.ErrorIs(t, err, done)
	assert.Equal(t, []string{"create", "start", "kill", "die", "destroy"}, actions)
}

func TestEvents_with_filters_that_cannot_be_read_are_those_of_containers(t *testing.T) {
	r := newRig(t)
	label := unique()
	since := time.Now().Unix()
	id := r.start(func(o *runnerclient.StartOptions) { o.Labels = map[string]string{label: ""} })
	target := "/v1/events/sse?filters=%25%25&since=" + strconv.FormatInt(since, 10)
	message, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.server.URL+target, nil)
	require.NoError(t, err)
	signature.Sign(message.Header, []byte(secret), "GET", target, nil)
	response, err := http.DefaultClient.Do(message)
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	assert.Equal(t, "no-cache, no-transform", response.Header.Get("Cache-Control"))
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if line := lines.Text(); strings.Contains(line, id) && strings.Contains(line, `"Action":"start"`) {
			assert.True(t, strings.HasPrefix(line, `data:{"type":"event","event":{`), line)
			return
		}
	}
	t.Fatal("the start was not told: ", lines.Err())
}

func TestStreams_end_with_an_error_when_the_service_closes(t *testing.T) {
	engine := engine(t)
	service, err := dockerrunner.Open(dockerrunner.Settings{
		Secret: secret, StateDir: t.TempDir(), Environ: []string{"DOCKER_HOST=" + engine.DaemonHost()},
	}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	server := httptest.NewServer(service)
	defer server.Close()
	client := newClient(t, server.URL)
	closing := make(chan error, 1)
	var once sync.Once
	label := unique()
	r := newRig(t)
	r.start(func(o *runnerclient.StartOptions) { o.Labels = map[string]string{label: ""} })
	err = client.Events(within(t), runnerclient.EventQuery{Since: 1, Filters: map[string][]string{"label": {label}}}, func(json.RawMessage) error {
		once.Do(func() { go func() { closing <- service.Close() }() })
		return nil
	})
	assert.ErrorContains(t, err, "stopping")
	assert.NoError(t, <-closing)
}
