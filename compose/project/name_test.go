package project

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheNameOfAProject(t *testing.T) {
	named := one("name: ${N:-file}\n" + oneService)
	for _, c := range []struct {
		title string
		files map[string]string
		opts  Options
		want  string
	}{
		{"the flag over all", named, Options{Name: "flag", Environ: []string{"COMPOSE_PROJECT_NAME=env"}}, "flag"},
		{"the environment over the file", named, Options{Environ: []string{"COMPOSE_PROJECT_NAME=env"}}, "env"},
		{"the file over the default", named, Options{}, "file"},
		{"a variable in the file", named, Options{Environ: []string{"N=other"}}, "other"},
		{"the environment by .env", map[string]string{"compose.yaml": oneService, ".env": "COMPOSE_PROJECT_NAME=dotenv\n"}, Options{}, "dotenv"},
	} {
		t.Run(c.title, func(t *testing.T) {
			p := loaded(t, folder(t, c.files), c.opts)
			assert.Equal(t, c.want, p.Compose.Name)
			assert.Equal(t, c.want+"_default", p.Compose.Networks["default"].Name)
		})
	}
}

func TestTwoCheckoutsSideBySideHaveNamesOfTheirOwn(t *testing.T) {
	dir := folder(t, map[string]string{
		"one/My Shop/.git/HEAD": "", "one/My Shop/deploy/compose.yaml": oneService,
		"two/My Shop/.git/HEAD": "", "two/My Shop/deploy/compose.yaml": oneService,
	})
	name := func(checkout string) string {
		return loaded(t, filepath.Join(dir, checkout, "My Shop", "deploy"), Options{}).Compose.Name
	}
	assert.Regexp(t, `^myshop-[0-9a-f]{8}$`, name("one"))
	assert.NotEqual(t, name("one"), name("two"))
	again := name("one")
	assert.Equal(t, again, name("one"))
}

func TestAFolderHasOneNameWhicheverLinkLeadsToIt(t *testing.T) {
	dir := folder(t, map[string]string{"shop/compose.yaml": oneService})
	require.NoError(t, os.Symlink(filepath.Join(dir, "shop"), filepath.Join(dir, "link")))
	assert.Equal(t, defaultName(filepath.Join(dir, "shop")), defaultName(filepath.Join(dir, "link")))
}

func TestAFolderWithoutUsableLettersStillHasAName(t *testing.T) {
	assert.Regexp(t, `^devproxy-[0-9a-f]{8}$`, defaultName(filepath.Join(folder(t, map[string]string{"店/.git/HEAD": ""}), "店")))
}
