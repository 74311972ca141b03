package project

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
)

// classified says whether the support table has an opinion on the path.
func classified(path string) bool {
	known := supportTable()
	for _, part := range strings.Split(path, ".") {
		if known.rule != nil && known.rule.only == nil {
			return true
		}
		switch part {
		case "*":
			known = known.any
		case anyItem:
			known = known.item
		default:
			known = known.named[part]
		}
		if known == nil {
			return false
		}
	}
	return true
}

func TestEveryFieldOfAComposeServiceIsClassified(t *testing.T) {
	inSchema := specification().named["services"].any.named
	var checked int
	for _, key := range yamlKeys(reflect.TypeFor[types.ServiceConfig]()) {
		if inSchema[key] == nil {
			continue // a leftover of old versions, which the schema refuses
		}
		checked++
		assert.True(t, classified("services.*."+key), "services.*.%s is in compose-go and not in the support table", key)
	}
	assert.Greater(t, checked, 90)
}

func yamlKeys(of reflect.Type) []string {
	var keys []string
	for field := range of.Fields() {
		if field.Anonymous {
			keys = append(keys, yamlKeys(field.Type)...)
			continue
		}
		key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if key != "-" && !strings.HasPrefix(key, "#") {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestEveryPathOfTheSpecificationIsClassified(t *testing.T) {
	for _, path := range schema.AttributePaths() {
		assert.True(t, classified(string(path)), "%s is in the specification and not in the support table", path)
	}
}

func TestTheSupportTableHasNoPathTheSpecificationLacks(t *testing.T) {
	var known []string
	for _, path := range schema.AttributePaths() {
		known = append(known, string(path))
	}
	paths := strings.Fields(supportedKeys)
	for path := range unsupportedKeys {
		paths = append(paths, path)
	}
	for _, path := range paths {
		assert.True(t, slices.Contains(known, path), "%s is in the support table and not in the specification", path)
	}
}

func TestNoPathIsBothSupportedAndNot(t *testing.T) {
	for _, path := range strings.Fields(supportedKeys) {
		if r, ok := unsupportedKeys[path]; ok {
			assert.NotNil(t, r.only, path)
		}
	}
}

func TestLoadWarnsOfWhatItIgnores(t *testing.T) {
	for _, c := range []struct{ title, yaml, want string }{
		{"a key for Swarm", web("    deploy:\n      placement: {constraints: [a]}\n"),
			`docker-compose.yml:5: service "web": "deploy.placement" is ignored: it is for Swarm`},
		{"a limit of one device", web("    blkio_config:\n      device_read_bps:\n        - {path: /dev/sda, rate: 1m}\n"),
			`docker-compose.yml:5: service "web": "blkio_config.device_read_bps" is ignored: it limits one device`},
		{"a refresh of images", web("    pull_policy: daily\n"),
			`docker-compose.yml:4: service "web": "pull_policy" is ignored: it asks to refresh an image; run docker pull`},
		{"a restart along with another service", web("    depends_on:\n      db: {condition: service_started, restart: true}\n  db:\n    image: db\n"),
			`docker-compose.yml:5: service "web": "depends_on.db.restart" is ignored: it would restart this service with the other one; use devproxy restart`},
		{"images for several platforms", "services:\n  web:\n    build: {context: ., platforms: [linux/amd64, linux/arm64]}\n",
			`docker-compose.yml:3: service "web": "build.platforms" is ignored: it asks for images that do not run here; use platform for the one to run`},
		{"the owner of a secret", web("    secrets:\n      - source: s\n        uid: \"5\"\nsecrets:\n  s: {file: docker-compose.yml}\n"),
			`docker-compose.yml:6: service "web": "secrets.[].uid" is ignored: it is a bind mount, which keeps owner and mode of its file; chown or chmod the file`},
		{"jobs", oneService + "jobs:\n  seed:\n    image: app\n    triggers: {manual: true}\n",
			`docker-compose.yml:4: "jobs" is ignored: it is no service; use docker compose for jobs`},
		{"a version", "version: \"3.8\"\n" + oneService,
			`docker-compose.yml:1: "version" is obsolete and has no effect; remove it`},
		{"a name made valid", "name: My Shop\n" + oneService,
			`docker-compose.yml:1: name "My Shop" is taken as "myshop"; use lower-case letters, digits, "-" and "_"`},
		{"a variable without value", "services:\n  web:\n    image: app:${TAG}\n",
			`docker-compose.yml:3: service "web": variable TAG is not set and taken as empty; set it, or give a default: ${TAG:-}`},
		{"a variable without value behind one with a default", "services:\n  web:\n    image: ${REPO:-app}:${TAG}-$$\n",
			`docker-compose.yml:3: service "web": variable TAG is not set and taken as empty; set it, or give a default: ${TAG:-}`},
		{"profiles inherited", web("    profiles: [debug]\n  twin:\n    extends: {service: web}\n"),
			`docker-compose.yml:6: service "twin": disabled, since extends inherits profiles debug; enable it with --profile debug, or write "profiles: !reset []" in it`},
	} {
		t.Run(c.title, func(t *testing.T) {
			p := loaded(t, folder(t, one(c.yaml)), Options{})
			assert.Equal(t, []string{c.want}, words(p.Warnings))
		})
	}
}

func TestLoadTakesNoNoticeOfServicesThatDoNotRun(t *testing.T) {
	dir := folder(t, one(oneService+"  old:\n    image: app\n    links: [web]\n    env_file: none.env\n    secrets: [s]\n    profiles: [old]\nsecrets:\n  s: {environment: S}\n"))

	assert.Empty(t, loaded(t, dir, Options{}).Warnings)
	assert.Len(t, problems(t, dir, Options{Profiles: []string{"old"}}), 3)
}
