// conformance_test.go contains the fifteen cases of the contract, by number; 13 to
// 15 are the client's and stand with it.

package dockerrunner_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/runnerclient"
	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

func TestDockerRunner_1_signature_covers_path_and_query_byte_by_byte(t *testing.T) {
	r := newRig(t)
	id := r.start()
	target := "/v1/containers/labels?containerId=" + id + "&x=%2f"
	status, _ := r.ask(request{method: "GET", target: target})
	assert.Equal(t, http.StatusOK, status)
	changed := &signature.Parts{Method: "GET", Target: strings.Replace(target, "%2f", "%2F", 1)}
	assert.Equal(t, refusal{401, "invalid_signature", false}, r.refused(request{method: "GET", target: target, sign: changed}))
}

func TestDockerRunner_2_order_of_keys_does_not_count(t *testing.T) {
	r := newRig(t)
	sign := &signature.Parts{Method: "POST", Target: "/v1/containers/findByLabels", Body: []byte(`{"all":true,"labels":{"2":"b","10":"a","x":"<é>"}}`)}
	status, body := r.ask(request{
		method: "POST", target: "/v1/containers/findByLabels", sign: sign,
		body: ` { "labels" : {"x":"<\u00e9>", "10":"a","2":"b"}, "all": true }`,
	})
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"containerIds":[]}`, body)
}

func TestDockerRunner_3_replays_skew_and_short_signatures_are_refused(t *testing.T) {
	r := newRig(t)
	header := func(name, value string) request {
		return request{method: "POST", target: "/v1/containers/touch", body: `{"containerId":"x"}`, change: func(h http.Header) { h.Set(name, value) }}
	}
	at := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).UnixMilli(), 10) }
	var sent http.Header
	once := request{method: "POST", target: "/v1/containers/findByLabels", body: `{"labels":{"a":"b"}}`, change: func(h http.Header) { sent = h.Clone() }}
	status, _ := r.ask(once)
	require.Equal(t, http.StatusOK, status)
	again := once
	again.change = func(h http.Header) {
		for name := range sent {
			h[name] = sent[name]
		}
	}
	assert.Equal(t, refusal{401, "replayed_nonce", false}, r.refused(again))
	for name, c := range map[string]struct {
		q    request
		code string
	}{
		"no timestamp":          {header(signature.HeaderTimestamp, ""), "missing_headers"},
		"no nonce":              {header(signature.HeaderNonce, ""), "missing_headers"},
		"no signature":          {header(signature.HeaderSignature, ""), "missing_headers"},
		"a date":                {header(signature.HeaderTimestamp, "2026-01-01"), "invalid_timestamp"},
		"a fraction":            {header(signature.HeaderTimestamp, "1.5"), "invalid_timestamp"},
		"61 s ago":              {header(signature.HeaderTimestamp, at(-61*time.Second)), "timestamp_out_of_range"},
		"61 s ahead":            {header(signature.HeaderTimestamp, at(61*time.Second)), "timestamp_out_of_range"},
		"the end of time":       {header(signature.HeaderTimestamp, "-9223372036854775808"), "timestamp_out_of_range"},
		"59 s ago":              {header(signature.HeaderTimestamp, at(-59*time.Second)), "invalid_signature"},
		"a short signature":     {header(signature.HeaderSignature, "c2hvcnQ="), "invalid_signature"},
		"no base64":             {header(signature.HeaderSignature, "%%%"), "invalid_signature"},
		"another nonce":         {header(signature.HeaderNonce, "other"), "invalid_signature"},
		"a signature too long":  {header(signature.HeaderSignature, strings.Repeat("AAAA", 64)), "invalid_signature"},
		"an unknown route, too": {request{method: "GET", target: "/v1/nothing", change: func(h http.Header) { h.Del(signature.HeaderNonce) }}, "missing_headers"},
	} {
		assert.Equal(t, refusal{401, c.code, false}, r.refused(c.q), name)
	}
}

func TestDockerRunner_4_health_and_ready_need_no_signature(t *testing.T) {
	r := newRig(t)
	for path, want := range map[string]string{"/v1/health": `{"status":"ok"}`, "/v1/ready": `{"status":"ready"}`, "/v1/health?x": `{"status":"ok"}`} {
		response, err := http.Get(r.server.URL + path)
		require.NoError(t, err)
		status, body := response.StatusCode, make([]byte, 100)
		n, _ := response.Body.Read(body)
		response.Body.Close()
		assert.Equal(t, http.StatusOK, status, path)
		assert.JSONEq(t, want, string(body[:n]), path)
	}
}

func TestDockerRunner_5_status_of_the_engine_passes_through(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"inspect", "labels", "networks", "logs/sse"} {
		got := r.refused(request{method: "GET", target: "/v1/containers/" + path + "?containerId=nowhere"})
		assert.Equal(t, refusal{404, "no_such_container", false}, got, path)
	}
	for target, body := range map[string]string{
		"/v1/containers/touch":      `{"containerId":"nowhere"}`,
		"/v1/containers/putArchive": `{"containerId":"nowhere","path":"/","payloadBase64":"AAAA"}`,
		"/v1/exec/run":              `{"containerId":"nowhere","command":"true"}`,
	} {
		assert.Equal(t, refusal{404, "no_such_container", false}, r.refused(request{method: "POST", target: target, body: body}), target)
	}
	got := r.refused(request{method: "POST", target: "/v1/exec/resize", body: `{"execId":"nowhere","size":{"cols":1,"rows":1}}`})
	assert.Equal(t, refusal{404, "no_such_exec", false}, got)
	assert.Contains(t, r.log.String(), `"errorCode":"no_such_container"`)
	assert.Contains(t, r.log.String(), `"containerId":"nowhere"`)
}

func TestDockerRunner_6_stop_and_remove_twice_are_no_error(t *testing.T) {
	r := newRig(t)
	id := r.start(func(o *runnerclient.StartOptions) { o.AutoRemove = no })
	stop := request{method: "POST", target: "/v1/containers/stop", body: `{"containerId":"` + id + `","timeoutSec":0}`}
	remove := request{method: "POST", target: "/v1/containers/remove", body: `{"containerId":"` + id + `"}`}
	for _, q := range []request{remove, stop, stop, remove, remove, stop} {
		status, body := r.ask(q)
		assert.Equal(t, http.StatusNoContent, status, body)
	}
	_, err := r.client.Inspect(r.ctx, id)
	assert.True(t, runnerclient.HasStatus(err, 404), "%v", err)
}

func TestDockerRunner_7_strings_go_to_a_shell_and_arrays_do_not(t *testing.T) {
	r := newRig(t)
	id := r.start()
	got, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "export A=b && echo $A; echo x >&2; exit 7"})
	require.NoError(t, err)
	assert.Equal(t, runnerclient.ExecResult{Stdout: "b\n", Stderr: "x\n", ExitCode: 7}, got)
	got, err = r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Args: []string{"/busybox", "echo", "$A && <é>"}, Workdir: "/tmp"})
	require.NoError(t, err)
	assert.Equal(t, runnerclient.ExecResult{Stdout: "$A && <é>\n"}, got)
	got, err = r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "echo $B; pwd", Env: map[string]string{"B": "c"}, Workdir: "/tmp", TTY: true})
	require.NoError(t, err)
	assert.Equal(t, "c\r\n/tmp\r\n", got.Stdout)
}

func TestDockerRunner_8_timeouts_of_zero_are_none_and_negative_ones_are_refused(t *testing.T) {
	r := newRig(t)
	id := r.start()
	status, body := r.ask(request{method: "POST", target: "/v1/exec/run", body: `{"containerId":"` + id + `","command":"sleep 0.3; echo done","options":{"timeoutMs":0,"idleTimeoutMs":0}}`})
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"stdout":"done\n","stderr":"","exitCode":0}`, body)
	for _, options := range []string{`{"timeoutMs":-1}`, `{"idleTimeoutMs":-1}`, `{"timeoutMs":1.5}`, `{"timeoutMs":1e300}`} {
		got := r.refused(request{method: "POST", target: "/v1/exec/run", body: `{"containerId":"` + id + `","command":"true","options":` + options + `}`})
		assert.Equal(t, refusal{400, "validation_error", false}, got, options)
	}
}

func TestDockerRunner_9_a_timeout_kills_the_command_when_asked_to(t *testing.T) {
	r := newRig(t)
	id := r.start()
	_, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "sleep 987 & sleep 986", Timeout: 300 * time.Millisecond, KillOnTimeout: true})
	var failed *runnerclient.RequestError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, runnerclient.RequestError{Status: 500, Code: "exec_failed", Retryable: true, Message: "Exec timed out after 300ms"}, *failed)
	left, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "grep -l '98[67]' /proc/[0-9]*/cmdline | grep -v $$ ; true"})
	require.NoError(t, err, "the container runs on")
	assert.Empty(t, strings.TrimSpace(left.Stdout), "all that the command started is gone")

	_, err = r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "echo x; sleep 0.1; echo y; sleep 985", IdleTimeout: 400 * time.Millisecond})
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, "Exec idle timed out after 400ms", failed.Message)
	left, err = r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "grep -l '98[5]' /proc/[0-9]*/cmdline"})
	require.NoError(t, err)
	assert.NotEmpty(t, left.Stdout, "without killOnTimeout it goes on")
}

func TestDockerRunner_9_without_a_shell_the_container_stops(t *testing.T) {
	r := newRig(t)
	id := r.start(func(o *runnerclient.StartOptions) {
		o.Image, o.Cmd, o.AutoRemove = bareImage(t, r.engine), []string{"/busybox", "sleep", "1000"}, no
	})
	_, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Args: []string{"/busybox", "sleep", "984"}, Timeout: 300 * time.Millisecond, KillOnTimeout: true})
	require.ErrorContains(t, err, "Exec timed out after 300ms")
	found, err := r.engine.ContainerInspect(r.ctx, id)
	require.NoError(t, err)
	assert.False(t, found.State.Running)
}

func TestDockerRunner_11_the_websocket_path_wants_an_upgrade_and_a_query(t *testing.T) {
	r := newRig(t)
	assert.Equal(t, refusal{426, "upgrade_required", false}, r.refused(request{method: "GET", target: "/v1/exec/interactive/ws?containerId=x&command=y"}))
	for _, query := range []string{"", "?containerId=x", "?command=x", "?containerId=../x&command=y", "?containerId=x&command=y&tty=maybe"} {
		conn := r.dial("/v1/exec/interactive/ws" + query)
		_, _, err := conn.Read(r.ctx)
		var closed websocket.CloseError
		require.ErrorAs(t, err, &closed, query)
		assert.Equal(t, websocket.CloseError{Code: 4000, Reason: "invalid_query"}, closed, query)
	}
	_, response, err := websocket.Dial(r.ctx, r.server.URL+"/v1/exec/interactive/ws?containerId=x&command=y", nil)
	require.Error(t, err)
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode, "before the upgrade, who asks is checked")
}

func TestDockerRunner_12_stdin_then_close_gives_ready_stdout_and_exit(t *testing.T) {
	r := newRig(t)
	id := r.start()
	conn := r.dial("/v1/exec/interactive/ws?containerId=" + id + "&command=cat%3B%20echo%20err%20%3E%262%3B%20exit%203")
	ready := r.frame(conn)
	assert.Equal(t, "ready", ready["type"])
	assert.Len(t, ready["execId"], 64)
	require.NoError(t, conn.Write(r.ctx, websocket.MessageText, []byte(`{"type":"stdin","data":"aGkK"}`)))
	assert.Equal(t, map[string]any{"type": "stdout", "data": "aGkK"}, r.frame(conn))
	require.NoError(t, conn.Write(r.ctx, websocket.MessageText, []byte(`{"type":"close"}`)))
	assert.Equal(t, map[string]any{"type": "stderr", "data": "ZXJyCg=="}, r.frame(conn))
	assert.Equal(t, map[string]any{"type": "exit", "execId": ready["execId"], "exitCode": 3.0, "stdout": "aGkK", "stderr": "ZXJyCg=="}, r.frame(conn))
	_, _, err := conn.Read(r.ctx)
	assert.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(err))
}
