package project

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheRunnerIsTheServiceThatIsMarkedOrNamedOrAlone(t *testing.T) {
	for _, c := range []struct{ title, yaml, want string }{
		{"the marked one", "services:\n  extension-runner: {image: a}\n  web: {image: b, x-devproxy: {runner: true}}\n", "web"},
		{"the one of that name", "services:\n  extension-runner: {image: a}\n  web: {image: b}\n", "extension-runner"},
		{"the only one", "services:\n  web: {image: b}\n", "web"},
	} {
		t.Run(c.title, func(t *testing.T) {
			p := loaded(t, folder(t, one(c.yaml)), Options{})
			runner, err := p.Runner()
			require.NoError(t, err)
			assert.Equal(t, c.want, runner.Name)
			assert.True(t, p.Extension(runner).Runner)
		})
	}
}

func TestWithoutARunnerTheErrorSaysHowToNameIt(t *testing.T) {
	p := loaded(t, folder(t, one("services:\n  web: {image: b}\n  api: {image: a}\n")), Options{})
	_, err := p.Runner()
	assert.EqualError(t, err, `docker-compose.yml:1: no service is the runner; add "x-devproxy: {runner: true}" to one of api, web`)
}

func TestWithoutAnEnabledServiceTheErrorSaysHowToGetOne(t *testing.T) {
	for yaml, want := range map[string]string{
		"services: {}\n": `docker-compose.yml:1: no service is enabled; add the runner under services`,
		"services:\n  web: {image: b, profiles: [x]}\n  api: {image: a, profiles: [y]}\n": `docker-compose.yml:1: no service is enabled; enable one of api, web with --profile or COMPOSE_PROFILES`,
	} {
		_, err := loaded(t, folder(t, one(yaml)), Options{}).Runner()
		assert.EqualError(t, err, want)
	}
}

func TestTheExtensionHasDefaults(t *testing.T) {
	for _, c := range []struct {
		title, yaml string
		want        Extension
	}{
		{"of its own", oneService, Extension{Runner: true, Port: 8080, Health: "/healthz"}},
		{"of the ports", web("    ports: [\"9000:7000\", \"9001:7001\"]\n"), Extension{Runner: true, Port: 7000, Health: "/healthz"}},
		{"over which the file goes", web("    ports: [\"9000:7000\"]\n    x-devproxy: {port: \"${P}\", health: /up}\n"), Extension{Runner: true, Port: 5000, Health: "/up"}},
	} {
		t.Run(c.title, func(t *testing.T) {
			p := loaded(t, folder(t, one(c.yaml)), Options{Environ: []string{"P=5000"}})
			assert.Equal(t, c.want, p.Extension(p.Compose.Services["web"]))
		})
	}
}

func TestAWrongValueInTheExtensionIsFound(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{web("    x-devproxy:\n      port: many\n"), `docker-compose.yml:5: service "web": x-devproxy.port must be a port from 1 to 65535, not "many"`},
		{web("    x-devproxy: yes please\n"), `docker-compose.yml:4: service "web": x-devproxy must be a mapping`},
		{web("    x-devproxy:\n      port: 70000\n"), `docker-compose.yml:5: service "web": x-devproxy.port must be a port from 1 to 65535, not "70000"`},
	} {
		assert.Equal(t, []string{c.want}, words(problems(t, folder(t, one(c.yaml)), Options{})))
	}
}

func TestTheBinaryIsRelativeToTheProjectsFolder(t *testing.T) {
	for _, c := range []string{"entrypoint: [/devproxy-binary/app]", "command: /devproxy-binary/app --flag"} {
		dir := folder(t, map[string]string{"sub/compose.yml": web("    x-devproxy: {binary: \"./bin/${P}\"}\n    " + c + "\n")})
		p := loaded(t, dir, Options{Files: []string{"sub/compose.yml"}, Environ: []string{"P=app"}})
		assert.Equal(t, filepath.Join(dir, "sub", "bin", "app"), p.Extension(p.Compose.Services["web"]).Binary)
	}
}

func TestABinaryThatWouldNotBeExecutedIsFound(t *testing.T) {
	const head = "services:\n  web:\n    image: a\n"
	for _, c := range []struct{ title, yaml, want string }{
		{"for the image decides", head + "    x-devproxy:\n      binary: ./bin/app\n",
			`docker-compose.yml:5: service "web": bin/app is mounted as /devproxy-binary/app, but the service executes what its image says; add "entrypoint: [/devproxy-binary/app]"`},
		{"for the entrypoint is another", head + "    entrypoint: [/bin/app]\n    command: [/devproxy-binary/app]\n    x-devproxy: {binary: bin/app}\n",
			`docker-compose.yml:6: service "web": bin/app is mounted as /devproxy-binary/app, but the service executes /bin/app; add "entrypoint: [/devproxy-binary/app]"`},
		{"for the service is not the runner", "services:\n  db:\n    image: a\n    x-devproxy: {binary: app}\n  extension-runner: {image: a}\n",
			`docker-compose.yml:4: service "db": x-devproxy.binary is only for the runner; remove it, or add "runner: true" beside it`},
		{"for it is a folder", head + "    x-devproxy: {binary: bin/}\n    entrypoint: [/devproxy-binary/bin]\n",
			`docker-compose.yml:4: service "web": x-devproxy.binary must be the path of a program, not "bin/"`},
	} {
		t.Run(c.title, func(t *testing.T) {
			assert.Equal(t, []string{c.want}, words(problems(t, folder(t, one(c.yaml)), Options{})))
		})
	}
}
