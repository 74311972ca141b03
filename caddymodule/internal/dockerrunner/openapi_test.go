package dockerrunner_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
)

// exchange is a request, and the status that it must get.
type exchange struct {
	method, target, body string
	status               int
}

// path is the target without its query.
func (x exchange) path() string { return strings.SplitN(x.target, "?", 2)[0] }

// request is the exchange's, with what a tunnel asks its connection for.
func (x exchange) request() request {
	q := request{method: x.method, target: x.target, body: x.body}
	if slices.Contains(tunnels, x.path()) {
		q.change = func(h http.Header) { h.Set("Connection", "Upgrade"); h.Set("Upgrade", "tcp") }
	}
	return q
}

// conversationWith is one right request of every path that is answered at once,
// in an order that works. name is that of the container and of its volume.
func conversationWith(t *testing.T, image, name string) []exchange {
	tar := base64.StdEncoding.EncodeToString(archive(t, "a", []byte("x")))
	post := func(path, body string, status int) exchange {
		return exchange{"POST", path, strings.NewReplacer("NAME", name, "IMAGE", image).Replace(body), status}
	}
	get := func(path string) exchange { return exchange{"GET", path + name, "", 200} }
	return []exchange{
		{"GET", "/v1/health", "", 200},
		{"GET", "/v1/ready", "", 200},
		post("/v1/images/ensure", `{"image":"IMAGE"}`, 204),
		post("/v1/containers/start", `{"image":"IMAGE","cmd":["sleep","1000"],"name":"NAME","autoRemove":false,"env":{"A":"b"},"labels":{"test":"NAME"},"binds":["NAME:/data"],"ttlSeconds":600,"createExtras":{"StopSignal":"SIGKILL"}}`, 200),
		get("/v1/containers/inspect?containerId="),
		get("/v1/containers/labels?containerId="),
		get("/v1/containers/networks?containerId="),
		post("/v1/containers/findByLabels", `{"labels":{"test":"NAME"},"all":true}`, 200),
		get("/v1/containers/listByVolume?volumeName="),
		post("/v1/containers/touch", `{"containerId":"NAME"}`, 204),
		post("/v1/containers/putArchive", `{"containerId":"NAME","path":"/tmp","payloadBase64":"`+tar+`"}`, 204),
		post("/v1/exec/run", `{"containerId":"NAME","command":"echo a; exit 3","options":{"env":["B=c"],"timeoutMs":60000}}`, 200),
		post("/v1/containers/start", `{"image":"IMAGE","cmd":["true"],"name":"NAME"}`, 409),
		post("/v1/volumes/remove", `{"volumeName":"NAME"}`, 409),
	}
}

// wrong are requests that the document refuses, and the service too.
var wrong = []exchange{
	{"POST", "/v1/images/ensure", `{"image":"a b"}`, 400},
	{"POST", "/v1/images/ensure", `{"image":"a","platform":"plan9/arm"}`, 400},
	{"POST", "/v1/images/ensure", `{"image":`, 400},
	{"POST", "/v1/containers/start", `{"image":"a","Cmd":[]}`, 400},
	{"POST", "/v1/containers/start", `{"image":"a","ttlSeconds":0}`, 400},
	{"POST", "/v1/containers/start", `{"image":"a","env":[1]}`, 400},
	{"POST", "/v1/containers/stop", `{"containerId":"a","timeoutSec":-1}`, 400},
	{"POST", "/v1/containers/remove", `{"force":true}`, 400},
	{"GET", "/v1/containers/inspect", "", 400},
	{"GET", "/v1/containers/labels?containerId=../x", "", 400},
	{"GET", "/v1/containers/networks", "", 400},
	{"POST", "/v1/containers/findByLabels", `{"labels":{}}`, 400},
	{"GET", "/v1/containers/listByVolume?volumeName=", "", 400},
	{"POST", "/v1/containers/touch", `{}`, 400},
	{"POST", "/v1/containers/putArchive", `{"containerId":"a","path":"","payloadBase64":"eA=="}`, 400},
	{"POST", "/v1/containers/putArchive", `{"containerId":"a","path":"/","payloadBase64":"no base64!"}`, 400},
	{"POST", "/v1/volumes/remove", `{"volumeName":"/"}`, 400},
	{"POST", "/v1/exec/run", `{"containerId":"a","command":5}`, 400},
	{"POST", "/v1/exec/run", `{"containerId":"a","command":"b","options":{"timeoutMs":-1}}`, 400},
	{"POST", "/v1/exec/resize", `{"execId":"a","size":{"cols":0,"rows":1}}`, 400},
	{"GET", "/v1/containers/logs/sse?containerId=a&follow=maybe", "", 400},
	{"GET", "/v1/events/sse?since=yesterday", "", 400},
	{"GET", "/v1/containers/dial?port=7", "", 400},
	{"GET", "/v1/containers/dial?containerId=a", "", 400},
	{"GET", "/v1/containers/dial?containerId=a&port=0", "", 400},
	{"GET", "/v1/containers/dial?containerId=..%2Fx&port=7", "", 400},
	{"GET", "/v1/listen?port=-1", "", 400},
	{"GET", "/v1/listen?port=65536", "", 400},
}

// nowhere are right requests about what is not there.
var nowhere = []exchange{
	{"GET", "/v1/containers/inspect?containerId=devproxytest-nobody", "", 404},
	{"GET", "/v1/containers/labels?containerId=devproxytest-nobody", "", 404},
	{"GET", "/v1/containers/networks?containerId=devproxytest-nobody", "", 404},
	{"GET", "/v1/containers/logs/sse?containerId=devproxytest-nobody", "", 404},
	{"GET", "/v1/containers/dial?containerId=devproxytest-nobody&port=7", "", 404},
	{"POST", "/v1/containers/touch", `{"containerId":"devproxytest-nobody"}`, 404},
	{"POST", "/v1/containers/putArchive", `{"containerId":"devproxytest-nobody","path":"/tmp","payloadBase64":"eHh4"}`, 404},
	{"POST", "/v1/exec/run", `{"containerId":"devproxytest-nobody","command":["true"]}`, 404},
	{"POST", "/v1/exec/resize", `{"execId":"devproxytest-nobody","size":{"cols":80,"rows":24}}`, 404},
}

// ends clear away what the conversation made.
func ends(name string) []exchange {
	return []exchange{
		{"POST", "/v1/containers/stop", fmt.Sprintf(`{"containerId":%q,"timeoutSec":0}`, name), 204},
		{"POST", "/v1/containers/remove", fmt.Sprintf(`{"containerId":%q,"force":true}`, name), 204},
		{"POST", "/v1/volumes/remove", fmt.Sprintf(`{"volumeName":%q,"force":true}`, name), 204},
	}
}

func TestOpenAPI_document_is_what_the_service_does(t *testing.T) {
	d, r := readDescription(t), newRig(t)
	name := unique()
	t.Cleanup(func() {
		var cancel context.CancelFunc
		r.ctx, cancel = context.WithTimeout(context.Background(), timeout) // the test's own has ended
		defer cancel()
		for _, x := range ends(name) {
			r.ask(x.request())
		}
	})
	right := conversationWith(t, shellImage(t, r.engine), name)
	for _, x := range slices.Concat(right, nowhere, wrong) {
		d.exchange(r, x)
	}
	d.streams(r, name)
	d.interactive(r, name)
	byteStreams := d.tunnels(r, name)
	ending := ends(name)
	d.exchange(r, ending[0])
	d.exchange(r, exchange{"GET", dialling(name, 9), "", 409}) // it is stopped
	for _, x := range ending[1:] {
		d.exchange(r, x)
	}
	stream := exchange{"GET", "/v1/containers/logs/sse?containerId=a", "", 0}
	every := slices.Concat(right, ending, byteStreams, []exchange{nowhere[len(nowhere)-1], stream, {"GET", "/v1/events/sse", "", 0}, {"GET", interactive("a", "b"), "", 0}})
	d.refusals(r, every)
	d.away(t, every)
	d.complete()
}

// exchange sends a request, and checks both ways of it.
func (d *description) exchange(r *rig, x exchange) {
	d.t.Helper()
	err := d.request(x.request())
	if x.status == http.StatusBadRequest {
		assert.Error(d.t, err, "the document takes %s %s %s", x.method, x.target, x.body)
	} else {
		assert.NoError(d.t, err, "%s %s", x.method, x.target)
	}
	d.send(r, x.request(), x.status)
}

// send checks the answer only.
func (d *description) send(r *rig, q request, status int) {
	d.t.Helper()
	response := r.send(q)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(d.t, err)
	require.Equal(d.t, status, response.StatusCode, "%s %s: %s", q.method, q.target, body)
	d.response(q, response.StatusCode, response.Header, body)
}

// refusals are answered before the engine is asked.
func (d *description) refusals(r *rig, every []exchange) {
	for _, x := range every {
		at, _ := d.follow(pointer("paths", x.path(), strings.ToLower(x.method)))
		if at["security"] == nil {
			q := x.request()
			q.change = func(h http.Header) { h.Del("x-dr-signature") }
			d.send(r, q, http.StatusUnauthorized)
		}
		if limit, ok := at["x-body-limit"].(json.Number); ok {
			bytes, err := limit.Int64()
			require.NoError(d.t, err)
			q := request{method: x.method, target: x.target, body: strings.Repeat("x", int(bytes)+1)}
			q.change = func(h http.Header) { h.Set("Expect", "100-continue") }
			d.send(r, q, http.StatusRequestEntityTooLarge)
		}
	}
	refused := pointer("components", "responses", "Refused", "content", "application/json", "schema")
	for _, q := range []request{{method: "GET", target: "/v1/nothing"}, {method: "DELETE", target: "/v1/health"}, {method: "GET", target: "/v1/exec/run"}} {
		_, text := r.ask(q)
		assert.NoError(d.t, d.check(refused, []byte(text)), text)
	}
	d.send(r, request{method: "GET", target: interactive("a", "b")}, http.StatusUpgradeRequired)
}

// away sends every request to a service whose engine does not answer.
func (d *description) away(t *testing.T, every []exchange) {
	r := newRig(t, func(s *dockerrunner.Settings) {
		s.Environ = []string{"DOCKER_HOST=unix://" + t.TempDir() + "/nobody.sock"}
	})
	without := []string{"/v1/health", "/v1/exec/interactive/ws"}
	for _, x := range every {
		path := x.path()
		if slices.Contains(without, path) {
			continue
		}
		status := http.StatusInternalServerError
		switch path {
		case "/v1/ready", "/v1/engine":
			status = http.StatusServiceUnavailable
		case "/v1/containers/inspect", "/v1/containers/labels", "/v1/containers/networks", "/v1/exec/resize":
			status = http.StatusNotFound
		case "/v1/containers/dial":
			status = http.StatusBadGateway
		}
		d.send(r, x.request(), status)
	}
}

// complete says what of the document was never seen.
func (d *description) complete() {
	for path, methods := range d.root["paths"].(map[string]any) {
		for method := range methods.(map[string]any) {
			responses, _ := d.follow(pointer("paths", path, method, "responses"))
			for status := range responses {
				if status != "default" {
					assert.True(d.t, d.seen[strings.ToUpper(method)+" "+path+" "+status], "%s %s never answered %s", method, path, status)
				}
			}
		}
	}
	for seen := range d.seen {
		assert.NotContains(d.t, seen, "default", "a status that the document should name")
	}
}

// streams reads frames of the two streams.
func (d *description) streams(r *rig, name string) {
	d.exchange(r, exchange{"POST", "/v1/exec/run", fmt.Sprintf(`{"containerId":%q,"command":"echo logged > /proc/1/fd/1"}`, name), 200})
	d.frames(r, "/v1/containers/logs/sse?containerId="+name+"&follow=no&tail=5&timestamps=1", "chunk", "end")
	filter := base64.StdEncoding.EncodeToString([]byte(`{"container":["` + name + `"]}`))
	d.frames(r, "/v1/events/sse?since=1&filters="+url.QueryEscape(filter), "event")
}

// frames reads until each type was seen once.
func (d *description) frames(r *rig, target string, types ...string) {
	d.t.Helper()
	q := request{method: "GET", target: target}
	require.NoError(d.t, d.request(q))
	response := r.send(q)
	defer response.Body.Close()
	d.response(q, response.StatusCode, response.Header, []byte("a stream"))
	at := pointer("paths", strings.SplitN(target, "?", 2)[0], "get", "responses", "200", "content", "text/event-stream", "x-frames")
	lines := bufio.NewScanner(response.Body)
	for len(types) > 0 && lines.Scan() {
		text, isFrame := strings.CutPrefix(lines.Text(), "data:")
		if !isFrame {
			continue
		}
		require.NoError(d.t, d.check(at, []byte(text)), text)
		assert.Error(d.t, d.check(at, []byte(strings.Replace(text, `"type":"`, `"type":"x`, 1))))
		if strings.Contains(text, `"type":"`+types[0]+`"`) {
			types = types[1:]
		}
	}
	assert.Empty(d.t, types, "frames that did not come: %v", lines.Err())
}

func interactive(container, command string) string {
	return "/v1/exec/interactive/ws?" + url.Values{"containerId": {container}, "command": {command}, "tty": {"true"}}.Encode()
}

// interactive talks with a command in a terminal, and gives that another size.
func (d *description) interactive(r *rig, name string) {
	target := interactive(name, `["cat"]`)
	require.NoError(d.t, d.request(request{method: "GET", target: target}))
	conn := r.dial(target)
	d.seen["GET /v1/exec/interactive/ws 101"] = true
	ready := d.hear(r, conn, "ready")
	resize := fmt.Sprintf(`{"execId":%q,"size":{"cols":91,"rows":37}}`, ready["execId"])
	d.exchange(r, exchange{"POST", "/v1/exec/resize", resize, 204})
	for _, frame := range []string{`{"type":"resize","cols":80,"rows":24}`, `{"type":"stdin","data":"YQo="}`} {
		d.say(r, conn, frame)
	}
	d.hear(r, conn, "stdout")
	d.say(r, conn, `{"type":"stdin","data":"BA=="}`) // Ctrl-D
	d.hear(r, conn, "exit")

	failing := r.dial(interactive("devproxytest-nobody", "true"))
	d.hear(r, failing, "error")
	_, _, err := failing.Read(r.ctx)
	assert.Equal(d.t, websocket.StatusCode(1011), websocket.CloseStatus(err))
	unclear := request{method: "GET", target: "/v1/exec/interactive/ws?containerId=a"}
	require.Error(d.t, d.request(unclear))
	_, _, err = r.dial(unclear.target).Read(r.ctx)
	assert.Equal(d.t, websocket.StatusCode(4000), websocket.CloseStatus(err))
}

// frameSchema is that of the frames of one side.
func frameSchema(side string) string {
	return pointer("paths", "/v1/exec/interactive/ws", "get", "responses", "101", "x-"+side+"-frames")
}

func (d *description) say(r *rig, conn *websocket.Conn, frame string) {
	d.t.Helper()
	require.NoError(d.t, d.check(frameSchema("client"), []byte(frame)))
	assert.Error(d.t, d.check(frameSchema("client"), []byte(strings.Replace(frame, `"type":"`, `"type":"x`, 1))))
	require.NoError(d.t, conn.Write(r.ctx, websocket.MessageText, []byte(frame)))
}

// hear reads frames until one is of the type.
func (d *description) hear(r *rig, conn *websocket.Conn, kind string) map[string]any {
	d.t.Helper()
	for {
		frame := r.frame(conn)
		text, err := json.Marshal(frame)
		require.NoError(d.t, err)
		require.NoError(d.t, d.check(frameSchema("server"), text), string(text))
		frame["unknown"] = 1
		text, err = json.Marshal(frame)
		require.NoError(d.t, err)
		require.Error(d.t, d.check(frameSchema("server"), text))
		if frame["type"] == kind {
			return frame
		}
		require.NotContains(d.t, []string{"exit", "error"}, frame["type"], "%s", text)
	}
}
