package project

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheStrongestSourceOfAVariableWins(t *testing.T) {
	all := map[string]string{
		"docker-compose.yml": "services:\n  web:\n    image: app:${TAG:-default}\n",
		"flag.env":           "TAG=flag\n", "second.env": "TAG=second\n",
		".env.runner": "TAG=runner\n", ".env.local": "TAG=local\n", ".env": "TAG=dotenv\n",
	}
	for _, c := range []struct {
		title   string
		without []string
		opts    Options
		want    string
	}{
		{title: "the process over all", opts: Options{Environ: []string{"TAG=process"}, EnvFiles: []string{"flag.env"}}, want: "process"},
		{title: "an empty one of the process, which takes the default", opts: Options{Environ: []string{"TAG="}}, want: "default"},
		{title: "--env-file over .env.runner", opts: Options{EnvFiles: []string{"flag.env"}}, want: "flag"},
		{title: "the last of two --env-file", opts: Options{EnvFiles: []string{"flag.env", "second.env"}}, want: "second"},
		{title: "COMPOSE_ENV_FILES as --env-file", opts: Options{Environ: []string{"COMPOSE_ENV_FILES=flag.env,second.env"}}, want: "second"},
		{title: "--env-file over COMPOSE_ENV_FILES", opts: Options{EnvFiles: []string{"flag.env"}, Environ: []string{"COMPOSE_ENV_FILES=second.env"}}, want: "flag"},
		{title: ".env.runner over .env.local", want: "runner"},
		{title: ".env.local over .env", without: []string{".env.runner"}, want: "local"},
		{title: ".env over the default", without: []string{".env.runner", ".env.local"}, want: "dotenv"},
		{title: "the default", without: []string{".env.runner", ".env.local", ".env"}, want: "default"},
		{title: "no .env when Compose is told so", without: []string{".env.runner"}, opts: Options{Environ: []string{"COMPOSE_DISABLE_ENV_FILE=1"}}, want: "default"},
	} {
		t.Run(c.title, func(t *testing.T) {
			files := map[string]string{}
			for name, content := range all {
				files[name] = content
			}
			for _, name := range c.without {
				delete(files, name)
			}
			p := loaded(t, folder(t, files), c.opts)
			assert.Equal(t, "app:"+c.want, p.Compose.Services["web"].Image)
		})
	}
}

func TestAnEnvFileMayUseVariablesOfTheWeakerOnesAndOfTheProcess(t *testing.T) {
	dir := folder(t, map[string]string{
		"docker-compose.yml": "services:\n  web:\n    image: ${IMAGE}\n",
		".env":               "NAME=shop\n", ".env.runner": "IMAGE=${REGISTRY}/${NAME}\n",
	})
	p := loaded(t, dir, Options{Environ: []string{"REGISTRY=local"}})
	assert.Equal(t, "local/shop", p.Compose.Services["web"].Image)
}

func TestTheEnvironmentOfAServiceOverridesItsEnvFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"docker-compose.yml": web("    env_file: [a.env, b.env]\n    environment:\n      OWN: own\n      PASSED:\n      UNSET:\n"),
		"a.env":              "OWN=a\nBOTH=a\nONLY_A=${SHELL_VALUE}\n", "b.env": "BOTH=b\n",
	})
	env := loaded(t, dir, Options{Environ: []string{"PASSED=passed", "SHELL_VALUE=s"}}).Compose.Services["web"].Environment

	assert.Equal(t, "own", *env["OWN"])
	assert.Equal(t, "b", *env["BOTH"])
	assert.Equal(t, "s", *env["ONLY_A"])
	assert.Equal(t, "passed", *env["PASSED"])
	assert.Nil(t, env["UNSET"])
}

func TestTheEnvFilesBesideTheComposeFileAreRead(t *testing.T) {
	dir := folder(t, map[string]string{
		"deploy/compose.yml": "services:\n  web:\n    image: ${A}${B}${C}\n",
		"deploy/.env":        "A=1\n", "deploy/.env.runner": "B=2\n", ".env": "C=3\n",
	})
	p := loaded(t, dir, Options{Files: []string{"deploy/compose.yml"}})

	assert.Equal(t, "123", p.Compose.Services["web"].Image)
	for _, name := range []string{".env", "deploy/.env", "deploy/.env.runner", "deploy/compose.yml"} {
		assert.Contains(t, p.Files, filepath.Join(dir, name))
	}
}
