package dockerrunner_test

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/runnerclient"
	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

const (
	secret  = "a secret of the tests"
	timeout = 60 * time.Second // what a test waits for on a busy machine
)

// rig is a service in front of the real engine, and a client of it.
type rig struct {
	t      testing.TB
	client *runnerclient.Client
	server *httptest.Server
	engine *client.Client
	ctx    context.Context
	log    *logged
}

func newRig(t testing.TB, change ...func(*dockerrunner.Settings)) *rig {
	t.Helper()
	engine := engine(t)
	settings := dockerrunner.Settings{Secret: secret, StateDir: t.TempDir(), TTL: time.Hour, Environ: []string{"DOCKER_HOST=" + engine.DaemonHost()}}
	for _, c := range change {
		c(&settings)
	}
	log := new(logged)
	service, err := dockerrunner.Open(settings, slog.New(slog.NewJSONHandler(log, nil)))
	require.NoError(t, err)
	service.Start()
	server := httptest.NewServer(service)
	r := &rig{t: t, server: server, engine: engine, ctx: within(t), log: log, client: newClient(t, server.URL)}
	t.Cleanup(func() {
		require.NoError(t, service.Close())
		server.Close()
	})
	return r
}

func newClient(t testing.TB, base string) *runnerclient.Client {
	t.Helper()
	c, err := runnerclient.New(runnerclient.Options{BaseURL: base, Secret: secret})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// missing skips a test for want of something, and under CI=true fails it.
func missing(t testing.TB, what ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what...)
	}
	t.Skip(what...)
}

// engine is the engine's own client, for what is done behind the service's back.
func engine(t testing.TB) *client.Client {
	t.Helper()
	found, err := docker.Connect(t.Context(), docker.Options{})
	if err != nil {
		missing(t, "needs a container engine:", err)
	}
	t.Cleanup(func() { _ = found.Close() })
	cli, err := client.NewClientWithOpts(client.WithHost(found.Endpoint()), client.WithAPIVersionNegotiation())
	require.NoError(t, err)
	t.Cleanup(func() { _ = cli.Close() })
	return cli
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx
}

// start runs a container with a shell that sleeps, removed with the test.
func (r *rig) start(change ...func(*runnerclient.StartOptions)) string {
	r.t.Helper()
	o := runnerclient.StartOptions{Image: shellImage(r.t, r.engine), Cmd: []string{"sleep", "1000"}, CreateExtras: map[string]any{"StopSignal": "SIGKILL"}}
	for _, c := range change {
		c(&o)
	}
	id, err := r.client.Start(r.ctx, o)
	require.NoError(r.t, err)
	r.discard(id)
	return id
}

// discard removes a container with the test.
func (r *rig) discard(id string) {
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		require.NoError(r.t, r.client.Remove(ctx, id, runnerclient.RemoveOptions{Force: true, Volumes: true}))
	})
}

// request is a request of the API by hand; what is not set is right.
type request struct {
	method, target, body string
	sign                 *signature.Parts // what is signed in place of what is sent
	change               func(http.Header)
}

// ask sends a request and returns status and body.
func (r *rig) ask(q request) (int, string) {
	r.t.Helper()
	response := r.send(q)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(r.t, err)
	return response.StatusCode, string(text)
}

// send sends a request and returns the answer, whose body is to be closed.
func (r *rig) send(q request) *http.Response {
	r.t.Helper()
	message, err := http.NewRequestWithContext(r.ctx, q.method, r.server.URL+q.target, strings.NewReader(q.body))
	require.NoError(r.t, err)
	canonical, _ := signature.Body([]byte(q.body)) // of no JSON: nothing
	signed := signature.Parts{Method: q.method, Target: q.target, Body: canonical}
	if q.sign != nil {
		signed = *q.sign
	}
	signature.Sign(message.Header, []byte(secret), signed.Method, signed.Target, signed.Body)
	if q.change != nil {
		q.change(message.Header)
	}
	response, err := http.DefaultClient.Do(message)
	require.NoError(r.t, err)
	return response
}

// refusal is an answer that is an error.
type refusal struct {
	Status    int
	Code      string
	Retryable bool
}

// refused sends a request that must fail.
func (r *rig) refused(q request) refusal {
	r.t.Helper()
	status, text := r.ask(q)
	var body struct {
		Error struct {
			Code, Message string
			Retryable     *bool
		}
	}
	require.NoError(r.t, json.Unmarshal([]byte(text), &body), text)
	require.NotEmpty(r.t, body.Error.Message, text)
	require.NotNil(r.t, body.Error.Retryable, text)
	return refusal{status, body.Error.Code, *body.Error.Retryable}
}

// logged is what a service logs.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// shellImage is an image of nothing but a static busybox and its links.
func shellImage(t testing.TB, cli *client.Client) string {
	return imported(t, cli, "shell", map[string]string{"bin/sh": "", "bin/sleep": "", "bin/cat": "", "bin/grep": "", "bin/tee": "", "bin/env": "", "bin/stty": "", "bin/head": "", "bin/bash": "#!/bin/sh\nexec /bin/sh \"$@\"\n"})
}

// bareImage has no shell, and nothing that could kill.
func bareImage(t testing.TB, cli *client.Client) string { return imported(t, cli, "bare", nil) }

var images sync.Mutex

// imported makes an image once, and leaves it to the next run: it is named by what
// is in it. Files that are empty are links to busybox.
func imported(t testing.TB, cli *client.Client, name string, files map[string]string) string {
	t.Helper()
	images.Lock()
	defer images.Unlock()
	name = "devproxytest-runner-" + name + ":1"
	if _, err := cli.ImageInspect(t.Context(), name); err == nil {
		return name
	}
	busybox, err := os.ReadFile("/bin/busybox")
	program, notELF := elf.NewFile(bytes.NewReader(busybox))
	if err = errors.Join(err, notELF); err != nil || program.Section(".interp") != nil {
		missing(t, "needs a static /bin/busybox (package busybox-static):", err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	write := func(path, content string, link string) {
		header := &tar.Header{Name: path, Mode: 0o755, Size: int64(len(content)), Linkname: link, Typeflag: tar.TypeReg}
		if link != "" {
			header.Typeflag = tar.TypeSymlink
		}
		require.NoError(t, w.WriteHeader(header))
		_, err := io.WriteString(w, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "tmp/", Mode: 0o777, Typeflag: tar.TypeDir}))
	write("busybox", string(busybox), "")
	for path, content := range files {
		if content == "" {
			write(path, "", "/busybox")
		} else {
			write(path, content, "")
		}
	}
	require.NoError(t, w.Close())
	answer, err := cli.ImageImport(t.Context(), image.ImportSource{Source: &archive, SourceName: "-"}, name, image.ImportOptions{Changes: []string{"ENV PATH=/bin"}})
	require.NoError(t, err)
	defer answer.Close()
	_, err = io.Copy(io.Discard, answer)
	require.NoError(t, err)
	return name
}

// unique is a name that no other test uses.
func unique() string { return "devproxytest-" + uuid.NewString()[:8] }

var no = new(bool)

var discard = slog.New(slog.DiscardHandler)
