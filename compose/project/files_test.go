package project

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
)

func imageOf(p *Project, service string) string { return p.Compose.Services[service].Image }

func image(name string) string { return "services:\n  web:\n    image: " + name + "\n" }

func TestTheComposeFilesAreChosenAsComposeDoes(t *testing.T) {
	for _, c := range []struct {
		title string
		files map[string]string
		opts  Options
		want  string
	}{
		{title: "compose.yaml over docker-compose.yml", files: map[string]string{"compose.yaml": image("new"), "docker-compose.yml": image("old")}, want: "new"},
		{title: "an override file beside it", files: map[string]string{"compose.yaml": image("a"), "compose.override.yaml": image("b")}, want: "b"},
		{title: "no override file when files are given", files: map[string]string{"compose.yaml": image("a"), "compose.override.yaml": image("b")}, opts: Options{Files: []string{"compose.yaml"}}, want: "a"},
		{title: "the last of the files given", files: map[string]string{"a.yml": image("a"), "b.yml": image("b")}, opts: Options{Files: []string{"a.yml", "b.yml"}}, want: "b"},
		{title: "COMPOSE_FILE", files: map[string]string{"a.yml": image("a"), "b.yml": image("b")}, opts: Options{Environ: []string{"COMPOSE_FILE=a.yml:b.yml", "COMPOSE_PATH_SEPARATOR=:"}}, want: "b"},
		{title: "COMPOSE_FILE with a separator of its own", files: map[string]string{"a.yml": image("a"), "b.yml": image("b")}, opts: Options{Environ: []string{"COMPOSE_FILE=b.yml,a.yml", "COMPOSE_PATH_SEPARATOR=,"}}, want: "a"},
		{title: "COMPOSE_FILE in .env", files: map[string]string{"a.yml": image("a"), ".env": "COMPOSE_FILE=a.yml\n"}, want: "a"},
		{title: "files given over COMPOSE_FILE", files: map[string]string{"a.yml": image("a"), "b.yml": image("b")}, opts: Options{Files: []string{"a.yml"}, Environ: []string{"COMPOSE_FILE=b.yml"}}, want: "a"},
	} {
		t.Run(c.title, func(t *testing.T) {
			assert.Equal(t, c.want, imageOf(loaded(t, folder(t, c.files), c.opts), "web"))
		})
	}
}

func TestTheComposeFileOfAFolderAboveIsFound(t *testing.T) {
	dir := folder(t, map[string]string{"compose.yaml": image("app"), "web/src/main.go": ""})
	p := loaded(t, filepath.Join(dir, "web", "src"), Options{})
	assert.Equal(t, dir, p.Compose.WorkingDir)
}

func TestWithoutAComposeFileTheErrorSaysWhatWasLookedFor(t *testing.T) {
	found := problems(t, folder(t, nil), Options{})
	assert.Len(t, found, 1)
	assert.Equal(t, CodeFileMissing, found[0].Code)
	assert.Contains(t, found[0].Message, "compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml")
	assert.Equal(t, "name one with -f FILE or COMPOSE_FILE", found[0].Fix)
}

func TestIncludedFilesBecomePartOfTheProject(t *testing.T) {
	dir := folder(t, map[string]string{
		"compose.yaml":   "include:\n  - path: [db/compose.yml, db/more.yml]\n  - ${WHERE}/compose.yml\n" + image("app"),
		"db/compose.yml": "services:\n  db:\n    image: db\n    volumes: [./data:/data]\n", "db/more.yml": "services:\n  db:\n    hostname: db\n",
		"cache/compose.yml": "services:\n  cache:\n    image: cache\n",
	})
	p := loaded(t, dir, Options{Environ: []string{"WHERE=cache"}})

	assert.Equal(t, filepath.Join(dir, "db", "data"), p.Compose.Services["db"].Volumes[0].Source)
	assert.Equal(t, "db", p.Compose.Services["db"].Hostname)
	assert.Equal(t, "cache", imageOf(p, "cache"))
	assert.Len(t, p.Files, 4)
}

func TestEnvFilesOfIncludedFilesAreAmongThoseRead(t *testing.T) {
	dir := folder(t, map[string]string{
		"compose.yaml":   "include:\n  - db/compose.yml\n  - path: cache/compose.yml\n    env_file: [cache/own.env]\n" + image("app"),
		"db/compose.yml": "services:\n  db:\n    image: db:${TAG}\n", "db/.env": "TAG=1\n",
		"cache/compose.yml": "services:\n  cache:\n    image: cache:${TAG}\n", "cache/own.env": "TAG=2\n", "cache/.env": "TAG=3\n",
	})
	p := loaded(t, dir, Options{})

	assert.Equal(t, "db:1", imageOf(p, "db"))
	assert.Equal(t, "cache:2", imageOf(p, "cache"))
	assert.Contains(t, p.Files, filepath.Join(dir, "db", ".env"))
	assert.Contains(t, p.Files, filepath.Join(dir, "cache", "own.env"))
	assert.NotContains(t, p.Files, filepath.Join(dir, "cache", ".env"), "own.env is in its place")
}

func TestExtendedServicesBringWhatTheyHave(t *testing.T) {
	dir := folder(t, map[string]string{
		"compose.yaml":  "services:\n  web:\n    extends: {file: base/base.yml, service: web}\n    hostname: own\n",
		"base/base.yml": "services:\n  web:\n    extends: common\n    build: .\n    hostname: base\n  common:\n    user: \"5\"\n",
	})
	p := loaded(t, dir, Options{})

	web := p.Compose.Services["web"]
	assert.Equal(t, "own", web.Hostname)
	assert.Equal(t, "5", web.User)
	assert.Equal(t, filepath.Join(dir, "base"), web.Build.Context)
	assert.Contains(t, p.Files, filepath.Join(dir, "base", "base.yml"))
}

func TestProfilesEnableServices(t *testing.T) {
	files := one(image("app") + "  db:\n    image: db\n    profiles: [data]\n  mail:\n    image: mail\n    profiles: [mail]\n")
	for _, c := range []struct {
		title string
		opts  Options
		off   []string
	}{
		{"none", Options{}, []string{"db", "mail"}},
		{"by flag", Options{Profiles: []string{"data"}}, []string{"mail"}},
		{"by COMPOSE_PROFILES", Options{Environ: []string{"COMPOSE_PROFILES=data, mail"}}, []string{}},
		{"by flag over COMPOSE_PROFILES", Options{Profiles: []string{"mail"}, Environ: []string{"COMPOSE_PROFILES=data"}}, []string{"db"}},
		{"all", Options{Profiles: []string{"*"}}, []string{}},
	} {
		t.Run(c.title, func(t *testing.T) {
			p := loaded(t, folder(t, files), c.opts)
			assert.ElementsMatch(t, c.off, p.DisabledServiceNames())
			assert.Empty(t, p.Warnings)
		})
	}
}

func TestAServiceThatResetsInheritedProfilesRuns(t *testing.T) {
	p := loaded(t, folder(t, one(web("    profiles: [debug]\n  twin:\n    extends: {service: web}\n    profiles: !reset []\n"))), Options{})
	assert.Equal(t, []string{"web"}, p.DisabledServiceNames())
	assert.Empty(t, p.Warnings)
}
