package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse_names_what_a_browser_cannot_read(t *testing.T) {
	page := `<!doctype html><script type="module" src="main.js"></script><script src="old.js"></script>`
	fine := map[string]string{
		"ui/index.html": page,
		"ui/main.js":    "import { a } from './a.js'\nimport data from 'https://example.com/x.js'\nimport x from 'mapped'\nawait a(data, x, import.meta.url)\n",
		"ui/a.js":       "import './b.mjs'\nexport const a = () => import('/later.js')\n",
		"ui/b.mjs":      "import './missing.js'\nexport {}\n",
		"ui/old.js":     "<!-- as they were\nwith (window) { var unused = 010 }\n",
		"ui/none.js":    "{{ a template }}",
	}
	with := func(name, content string) string {
		files := map[string]string{}
		for known, text := range fine {
			files[known] = text
		}
		files[name] = content
		return folder(t, files)
	}
	assert.Empty(t, Parse(folder(t, fine)))
	assert.Empty(t, Parse(t.TempDir()))
	for name, content := range map[string]string{"ui/main.js": "const oops = ;\n", "ui/a.js": "\n\nexport const a = (\n", "ui/b.mjs": "let b = 1\nlet b = 2\n", "ui/old.js": "if (\n"} {
		problems := Parse(with(name, content))
		require.NotEmpty(t, problems, name)
		assert.Equal(t, name, problems[0].File)
		assert.Equal(t, CodeFailed, problems[0].Code)
		assert.Positive(t, problems[0].Line)
		assert.Contains(t, problems[0].Frame, "> ")
	}
	problems := Parse(with("ui/a.js", "export const other = 1\n"))
	require.Len(t, problems, 1, "%v", problems)
	assert.Contains(t, problems[0].Message, `No matching export`)
}
