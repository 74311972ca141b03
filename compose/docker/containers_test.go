package docker_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestAContainerAnswersOnItsLoopbackPortWithoutTheUsersOne(t *testing.T) {
	engine := enginetest.Engine(t)
	p := project(t, `services: {app: {image: x, ports: ["127.0.0.1:39123:8080"]}}`)
	id := run(t, engine, docker.ContainerSpec{Project: p, Image: enginetest.Image(t, engine), Loopback: true})
	found, err := engine.Inspect(t.Context(), id)
	require.NoError(t, err)
	require.True(t, found.Running())
	address := found.Address(8080)
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, address)
	require.NotEqual(t, "127.0.0.1:39123", address)
	require.Eventually(t, func() bool {
		response, err := http.Get("http://" + address + "/healthz")
		return err == nil && response.StatusCode == http.StatusOK && response.Body.Close() == nil
	}, enginetest.Timeout, 10e6)
}

// everything is a service that uses each attribute the lifecycle supports.
const everything = `
services:
  app:
    image: x
    entrypoint: ["/app"]
    environment: {A: one, B: ""}
    user: "1000:1000"
    working_dir: /tmp
    hostname: host
    labels: {team: blue}
    init: true
    read_only: true
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE]
    security_opt: ["no-new-privileges:true"]
    tmpfs: ["/scratch:size=1m"]
    extra_hosts: ["host.docker.internal:host-gateway"]
    dns: ["1.1.1.1"]
    sysctls: {net.ipv4.ip_unprivileged_port_start: "0"}
    stop_signal: SIGUSR1
    stop_grace_period: 1500ms
    restart: on-failure:3
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 64
    shm_size: 8m
    ulimits: {nofile: {soft: 512, hard: 1024}}
    networks: {front: {aliases: [web]}, back: }
    healthcheck: {test: ["CMD", "/app", "health"], interval: 100ms, start_interval: 50ms, retries: 5}
    secrets: [token]
    configs: [{source: settings, target: /etc/settings}]
    volumes: ["./data:/data:ro", "store:/store"]
    logging: {driver: json-file, options: {max-size: 1m}}
secrets: {token: {file: ./token}}
configs: {settings: {file: ./settings}}
networks: {front: , back: }
volumes: {store: }
`

func TestEveryAttributeReachesTheContainer(t *testing.T) {
	engine, ctx := enginetest.Engine(t), enginetest.Context(t)
	p := project(t, everything)
	for name, content := range map[string]string{"token": "secret", "settings": "plain"} {
		require.NoError(t, os.WriteFile(filepath.Join(p.WorkingDir, name), []byte(content), 0o644))
	}
	store := p.Volumes["store"]
	require.NoError(t, engine.EnsureVolume(ctx, store, map[string]string{"mine": "yes"}))
	enginetest.Afterwards(t, func(ctx context.Context) error { return engine.RemoveVolume(ctx, store.Name) })
	id := run(t, engine, docker.ContainerSpec{Project: p, Image: enginetest.Image(t, engine), Labels: map[string]string{"ours": "1"}})
	found, err := engine.Inspect(ctx, id)
	require.NoError(t, err)
	require.Subset(t, found.Labels, map[string]string{"team": "blue", "ours": "1"})
	require.Eventually(t, func() bool {
		found, err := engine.Inspect(ctx, id)
		return err == nil && found.Health == docker.HealthHealthy
	}, enginetest.Timeout, 20e6)
	for file, content := range map[string]string{"/run/secrets/token": "secret", "/etc/settings": "plain"} {
		var out bytes.Buffer
		code, err := engine.Exec(ctx, id, docker.ExecSpec{Cmd: []string{"/app", "cat", file}, Stdout: &out})
		require.NoError(t, err)
		require.Zero(t, code)
		require.Equal(t, content, out.String())
	}
	var hosts bytes.Buffer
	_, err = engine.Exec(ctx, id, docker.ExecSpec{Cmd: []string{"/app", "cat", "/etc/hosts"}, Stdout: &hosts})
	require.NoError(t, err)
	require.Contains(t, hosts.String(), "host.docker.internal")
	require.NoError(t, engine.StopContainer(ctx, id, -1))
	require.Contains(t, strings.Join(logs(t, engine, id, false), "\n"), "caught user defined signal 1")
}

func TestTwoContainersOfOneNameConflict(t *testing.T) {
	engine := enginetest.Engine(t)
	p := project(t, `services: {app: {image: x}}`)
	image := enginetest.Image(t, engine)
	create(t, engine, docker.ContainerSpec{Project: p, Image: image})
	_, err := engine.CreateContainer(t.Context(), docker.ContainerSpec{
		Project: p, Service: p.Services["app"], Name: p.Name + "-app-1", Image: image})
	require.Equal(t, docker.CodeNameConflict, docker.CodeOf(err))
	require.ErrorContains(t, err, "change `container_name`")
}

func TestErrorsOfTheEngineHaveCodes(t *testing.T) {
	engine, ctx := enginetest.Engine(t), enginetest.Context(t)
	image := enginetest.Image(t, engine)
	p := project(t, `services: {app: {image: x, ports: ["127.0.0.1:0:8080"]}}`)
	holder := run(t, engine, docker.ContainerSpec{Project: p, Image: image, Loopback: true})
	held, err := engine.Inspect(ctx, holder)
	require.NoError(t, err)
	_, port, _ := strings.Cut(held.Address(8080), ":")
	external := types.External(true)
	cases := map[docker.Code]func() error{
		docker.CodeContainerNotFound: func() error { return engine.StartContainer(ctx, "devproxytest-none") },
		docker.CodeImageNotFound:     func() error { _, err := engine.InspectImage(ctx, "devproxytest-none"); return err },
		docker.CodeRegistry: func() error {
			gone := httptest.NewServer(nil)
			gone.Close()
			return engine.PullImage(ctx, strings.TrimPrefix(gone.URL, "http://")+"/devproxytest/none", "", nil)
		},
		docker.CodeNetworkNotFound: func() error {
			return engine.EnsureNetwork(ctx, types.NetworkConfig{Name: "devproxytest-none", External: external}, nil)
		},
		docker.CodeVolumeNotFound: func() error {
			return engine.EnsureVolume(ctx, types.VolumeConfig{Name: "devproxytest-none", External: external}, nil)
		},
		docker.CodePortAllocated: func() error {
			q := project(t, `services: {app: {image: x, ports: ["127.0.0.1:`+port+`:8080"]}}`)
			return engine.StartContainer(ctx, create(t, engine, docker.ContainerSpec{Project: q, Image: image}))
		},
		docker.CodeCommandNotFound: func() error {
			q := project(t, `services: {app: {image: x, entrypoint: ["/nothing"]}}`)
			return engine.StartContainer(ctx, create(t, engine, docker.ContainerSpec{Project: q, Image: image}))
		},
		docker.CodeMountNotFound: func() error {
			q := project(t, `services: {app: {image: x, volumes: [{type: bind, source: ./none, target: /none, bind: {create_host_path: false}}]}}`)
			_, err := engine.CreateContainer(ctx, docker.ContainerSpec{Project: q, Service: q.Services["app"], Name: q.Name, Image: image})
			return err
		},
	}
	for code, provoke := range cases {
		t.Run(string(code), func(t *testing.T) {
			err := provoke()
			require.Equal(t, code, docker.CodeOf(err), "%v", err)
			var typed *docker.Error
			require.ErrorAs(t, err, &typed)
			require.NotEmpty(t, typed.Fix)
			require.NotContains(t, err.Error(), "Error response from daemon")
		})
	}
}

func TestExecGivesStreamsAndExitCode(t *testing.T) {
	engine := enginetest.Engine(t)
	p := project(t, `services: {app: {image: x}}`)
	id := run(t, engine, docker.ContainerSpec{Project: p, Image: enginetest.Image(t, engine)})
	code, err := engine.Exec(t.Context(), id, docker.ExecSpec{Cmd: []string{"/app", "exit", "7"}})
	require.NoError(t, err)
	require.Equal(t, 7, code)
	var out, errs bytes.Buffer
	code, err = engine.Exec(t.Context(), id, docker.ExecSpec{
		Cmd: []string{"/app", "echo"}, Stdin: strings.NewReader("hello"), Stdout: &out, Stderr: &errs})
	require.NoError(t, err)
	require.Zero(t, code)
	require.Equal(t, "hello", out.String())
	require.Equal(t, "done\n", errs.String())
}

func TestExecGivesATerminalItsSize(t *testing.T) {
	engine := enginetest.Engine(t)
	p := project(t, `services: {app: {image: x}}`)
	id := run(t, engine, docker.ContainerSpec{Project: p, Image: enginetest.Image(t, engine)})
	sizes := make(chan docker.Size, 1)
	sizes <- docker.Size{Width: 120, Height: 40}
	var out bytes.Buffer
	code, err := engine.Exec(enginetest.Context(t), id, docker.ExecSpec{Cmd: []string{"/app", "size"}, TTY: true, Stdout: &out, Sizes: sizes})
	require.NoError(t, err)
	require.Zero(t, code)
	require.Equal(t, "120 40\r\n", out.String())
}
