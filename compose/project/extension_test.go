package project

import (
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
