package dockerrunner_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/runnerclient"
	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

// dial upgrades a signed request.
func (r *rig) dial(target string) *websocket.Conn {
	r.t.Helper()
	header := http.Header{}
	signature.Sign(header, []byte(secret), "GET", target, nil)
	conn, _, err := websocket.Dial(r.ctx, r.server.URL+target, &websocket.DialOptions{HTTPHeader: header})
	require.NoError(r.t, err)
	conn.SetReadLimit(8 << 20)
	r.t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

func (r *rig) frame(conn *websocket.Conn) map[string]any {
	r.t.Helper()
	_, text, err := conn.Read(r.ctx)
	require.NoError(r.t, err)
	var frame map[string]any
	require.NoError(r.t, json.Unmarshal(text, &frame))
	return frame
}

func TestInteractive_command_that_ends_by_itself_exits_and_closes_1000(t *testing.T) {
	r := newRig(t)
	session, err := r.client.Interactive(r.ctx, r.start(), runnerclient.InteractiveSpec{Shell: "echo out; echo err >&2; exit 5"})
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	code, err := session.Wait(&stdout, &stderr)
	require.NoError(t, err)
	assert.Equal(t, 5, code)
	assert.Equal(t, "out\nerr\n", stdout.String()+stderr.String())
}

func TestInteractive_terminal_takes_its_size(t *testing.T) {
	r := newRig(t)
	session, err := r.client.Interactive(r.ctx, r.start(), runnerclient.InteractiveSpec{Shell: "read x; stty size", TTY: true, Env: map[string]string{"A": "b"}})
	require.NoError(t, err)
	require.NoError(t, session.Resize(91, 37))
	_, err = session.Write([]byte("\n"))
	require.NoError(t, err)
	var stdout bytes.Buffer
	code, err := session.Wait(&stdout, &stdout)
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.Contains(t, stdout.String(), "37 91")
	assert.NoError(t, r.client.Ready(r.ctx))
}

func TestInteractive_much_goes_in_and_out_whole(t *testing.T) {
	r := newRig(t)
	session, err := r.client.Interactive(r.ctx, r.start(), runnerclient.InteractiveSpec{Args: []string{"cat"}})
	require.NoError(t, err)
	want := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
	go func() {
		_, _ = session.Write(want)
		_ = session.CloseInput()
	}()
	var stdout bytes.Buffer
	code, err := session.Wait(&stdout, &stdout)
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.True(t, bytes.Equal(want, stdout.Bytes()))
}

func TestInteractive_exit_frame_repeats_256_Ki_characters_at_most(t *testing.T) {
	r := newRig(t)
	conn := r.dial("/v1/exec/interactive/ws?containerId=" + r.start() + "&command=head%20-c%20600000%20/dev/zero%20%7C%20/busybox%20tr%20'%5C0'%20a")
	for {
		frame := r.frame(conn)
		if frame["type"] == "exit" {
			text, err := base64.StdEncoding.DecodeString(frame["stdout"].(string))
			require.NoError(t, err)
			assert.Equal(t, strings.Repeat("a", 256<<10), string(text))
			return
		}
	}
}

func TestInteractive_bad_frames_are_answered_and_change_nothing(t *testing.T) {
	r := newRig(t)
	conn := r.dial("/v1/exec/interactive/ws?containerId=" + r.start() + "&command=cat&env=nonsense")
	r.frame(conn)
	for _, text := range []string{"{", `{"type":"nothing"}`, `{"type":"stdin","data":"%"}`, `{"type":"resize","cols":0,"rows":1}`, `[]`, `{"type":7}`} {
		require.NoError(t, conn.Write(r.ctx, websocket.MessageText, []byte(text)))
		frame := r.frame(conn)
		assert.Equal(t, "error", frame["type"], text)
		assert.NotEmpty(t, frame["error"], text)
	}
	require.NoError(t, conn.Write(r.ctx, websocket.MessageText, []byte(`{"type":"close"}`)))
	assert.Equal(t, "exit", r.frame(conn)["type"])
}

func TestInteractive_command_of_a_terminal_ends_with_its_client_gone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.start()
	session, err := r.client.Interactive(r.ctx, id, runnerclient.InteractiveSpec{Shell: "sleep 983", TTY: true})
	require.NoError(t, err)
	require.NoError(t, session.Close())
	require.Eventually(t, func() bool {
		top, err := r.engine.ContainerTop(r.ctx, id, nil)
		return err == nil && len(top.Processes) == 1
	}, timeout, 100*time.Millisecond, "only the container's own process is left")
}

func TestInteractive_what_cannot_be_executed_closes_1011_after_an_error(t *testing.T) {
	r := newRig(t)
	stopped := r.start(func(o *runnerclient.StartOptions) { o.AutoRemove = no })
	require.NoError(t, r.client.Stop(r.ctx, stopped, 0))
	for _, container := range []string{"nowhere", stopped} {
		conn := r.dial("/v1/exec/interactive/ws?containerId=" + container + "&command=true")
		assert.Equal(t, "error", r.frame(conn)["type"])
		_, _, err := conn.Read(r.ctx)
		var closed websocket.CloseError
		require.ErrorAs(t, err, &closed)
		assert.Equal(t, websocket.CloseError{Code: 1011, Reason: "exec_failed"}, closed)
	}
}
