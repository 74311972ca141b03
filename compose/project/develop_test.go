package project

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWatchEntriesThatHaveNoEffectAreTold(t *testing.T) {
	for _, c := range []struct{ title, yaml, want string }{
		{"of another service", "services:\n  extension-runner: {image: a}\n  web:\n    image: b\n    develop: {watch: [{action: restart, path: .}]}\n",
			`docker-compose.yml:5: service "web": "develop.watch" is ignored: it is carried out for the runner alone; use devproxy restart`},
		{"of nothing", web("    develop: {watch: [{action: restart, path: ./nothing}]}\n"),
			`docker-compose.yml:4: service "web": there is no nothing to watch; correct the path, if it is not made later`},
		{"a sync at first", web("    develop: {watch: [{action: restart, path: ., initial_sync: true}]}\n"),
			`docker-compose.yml:4: service "web": initial_sync has no effect on action: restart; remove it`},
		{"a command", web("    develop: {watch: [{action: restart, path: ., exec: {command: x}}]}\n"),
			`docker-compose.yml:4: service "web": exec has no effect on action: restart; use action: sync+exec`},
	} {
		t.Run(c.title, func(t *testing.T) {
			p := loaded(t, folder(t, one(c.yaml)), Options{})
			if assert.Len(t, p.Warnings, 1) {
				assert.EqualError(t, p.Warnings[0], c.want)
			}
		})
	}
}
