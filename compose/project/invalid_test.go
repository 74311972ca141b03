package project

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

type invalidCase struct {
	title string
	files map[string]string
	opts  Options
	want  []string
}

func web(rest string) string { return "services:\n  web:\n    image: app\n" + rest }

func one(content string) map[string]string { return map[string]string{"docker-compose.yml": content} }

// invalid are projects that do not load, each with the words for why.
var invalid = slices.Concat(
	invalidKeys, invalidSyntax, invalidValues, invalidReferences, invalidJoined, invalidFiles, invalidWatch,
)

func TestLoadSaysWhatIsWrongByFileLineServiceAndKey(t *testing.T) {
	for _, c := range invalid {
		t.Run(c.title, func(t *testing.T) {
			found := problems(t, folder(t, c.files), c.opts)
			assert.Equal(t, c.want, words(found))
			for _, p := range found {
				assert.NotEmpty(t, p.Code)
			}
		})
	}
}
