package project

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// folder makes a folder with these files in it.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// loaded loads what must load, without the variables of this process.
func loaded(t *testing.T, dir string, opts Options) *Project {
	t.Helper()
	p, err := tried(t, dir, opts)
	require.NoError(t, err)
	return p
}

func tried(t *testing.T, dir string, opts Options) (*Project, error) {
	t.Helper()
	opts.WorkingDir = dir
	if opts.Environ == nil {
		opts.Environ = []string{}
	}
	return Load(t.Context(), opts)
}

// problems are those that keep the project from loading.
func problems(t *testing.T, dir string, opts Options) []Problem {
	t.Helper()
	_, err := tried(t, dir, opts)
	var load *LoadError
	require.ErrorAs(t, err, &load)
	return load.Problems
}

func words(problems []Problem) []string {
	list := make([]string, len(problems))
	for i, p := range problems {
		list[i] = p.Error()
	}
	return list
}

const oneService = "services:\n  web:\n    image: app\n"

func TestLoadReadsAServiceWithAllThatTheLifecycleCarriesOut(t *testing.T) {
	dir := folder(t, map[string]string{"compose.yaml": fullService, "token.txt": "t", "app.conf": "c", "web.env": "FROM_FILE=yes\n"})
	p := loaded(t, dir, Options{})

	assert.Empty(t, p.Warnings)
	web := p.Compose.Services["web"]
	assert.Equal(t, "yes", *web.Environment["FROM_FILE"])
	assert.Equal(t, []string{"host.docker.internal=host-gateway"}, web.ExtraHosts.AsList("="))
	assert.Equal(t, filepath.Join(dir, "token.txt"), p.Compose.Secrets["token"].File)
	assert.True(t, bool(p.Compose.Networks["outside"].External))
	assert.Equal(t, []string{filepath.Join(dir, "compose.yaml")}, p.Compose.ComposeFiles)
	assert.Equal(t, []string{filepath.Join(dir, "compose.yaml"), filepath.Join(dir, "web.env")}, p.Files)
}

const fullService = `name: shop
services:
  web:
    build:
      context: .
      dockerfile_inline: FROM scratch
      args: {A: "1"}
      target: out
      labels: {a: b}
      no_cache: true
      network: host
    image: shop/web
    container_name: shop_web
    platform: linux/amd64
    command: [serve]
    entrypoint: /app
    user: "1000"
    working_dir: /srv
    hostname: web
    init: true
    read_only: true
    privileged: false
    tty: true
    stdin_open: true
    restart: on-failure:3
    stop_signal: SIGINT
    stop_grace_period: 3s
    ports: ["8085:8080", {target: 9000, published: "9001", host_ip: 127.0.0.1}]
    expose: [7000]
    volumes: ["data:/data", "./src:/src:ro", {type: tmpfs, target: /cache, tmpfs: {size: 10m}}]
    tmpfs: [/run]
    networks: {default: {aliases: [runner]}, outside: {}}
    depends_on: {db: {condition: service_healthy}}
    healthcheck: {test: [CMD, /app, health], interval: 1s, timeout: 1s, retries: 3, start_period: 2s, start_interval: 100ms}
    labels: {a: b}
    secrets: [token]
    configs: [{source: conf, target: /etc/app.conf}]
    environment: {A: "1", B: }
    env_file: [web.env, {path: none.env, required: false}]
    extra_hosts: ["host.docker.internal:host-gateway"]
    dns: [127.0.0.1]
    dns_search: example.test
    dns_opt: [use-vc]
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 50
    shm_size: 8m
    ulimits: {nofile: {soft: 100, hard: 200}}
    cap_add: [NET_ADMIN]
    cap_drop: [ALL]
    security_opt: [no-new-privileges:true]
    sysctls: {net.core.somaxconn: 128}
    devices: ["/dev/null:/dev/null:r"]
    logging: {driver: json-file, options: {max-size: 1m}}
    pull_policy: build
    develop: {watch: [{action: rebuild, path: .}]}
    x-devproxy: {runner: true, port: 8080, health: /healthz}
    x-other: {anything: [1]}
  db:
    image: db
    deploy: {resources: {limits: {cpus: "0.5", memory: 32M, pids: 20}, reservations: {memory: 16M}}, restart_policy: {condition: any}}
volumes:
  data: {}
networks:
  outside: {external: true, name: elsewhere}
secrets:
  token: {file: token.txt}
configs:
  conf: {file: app.conf}
`

func TestLoadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Load(ctx, Options{WorkingDir: folder(t, one("services:\n  web: {image: a, prots: []}\n")), Environ: []string{}})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestLoadTakesTheVariablesOfThisProcessByDefault(t *testing.T) {
	t.Setenv("DEVPROXY_TEST_IMAGE", "mine")
	p, err := Load(t.Context(), Options{WorkingDir: folder(t, one("services:\n  web: {image: \"${DEVPROXY_TEST_IMAGE}\"}\n"))})
	require.NoError(t, err)
	assert.Equal(t, "mine", p.Compose.Services["web"].Image)
}

func TestAProblemKeepsItsPlaceForEditors(t *testing.T) {
	found := problems(t, folder(t, one("services:\n  web:\n    build:\n      contxt: .\n")), Options{})
	assert.Equal(t, []Problem{{
		File: "docker-compose.yml", Line: 4, Column: 7, Service: "web", Key: "build.contxt",
		Message: `unknown key "contxt" in "build"`, Fix: `did you mean "context"?`, Code: CodeUnknownKey,
	}}, found)
}

func TestAWordThatComposeGoHasForNothingKnownIsKept(t *testing.T) {
	s := newSources("/p", "/p", []string{"/p/compose.yaml"}, nil)
	assert.Equal(t, Problem{File: "compose.yaml", Message: "something new", Code: CodeInvalid}, s.explain("something new"))
	assert.Equal(t, "/elsewhere/compose.yaml", shown("/p", "/elsewhere/compose.yaml"))
}
