package livereload

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// checkBrowserRunsIt parses the document as a browser does: the tag is the
// first element but for html and head, so that it runs before any script.
func checkBrowserRunsIt(t *testing.T, document, withTag string) {
	t.Helper()
	if document == withTag || strings.ContainsRune(document, 0) {
		return
	}
	root, err := html.Parse(strings.NewReader(strings.TrimPrefix(withTag, utf8Mark)))
	require.NoError(t, err)
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && node.Data != "html" && node.Data != "head" {
			assert.Equal(t, "script", node.Data, "%q", withTag)
			assert.Equal(t, []html.Attribute{{Key: "src", Val: "x"}}, node.Attr, "%q", withTag)
			assert.Equal(t, "head", node.Parent.Data, "%q", withTag)
			return
		}
	}
	t.Errorf("no element in %q", withTag)
}

func TestInjected_is_what_a_browser_runs_first(t *testing.T) {
	for name, document := range documents {
		plain := strings.Replace(document, "¶", "", 1)
		t.Run(name, func(t *testing.T) { checkBrowserRunsIt(t, plain, injectInto(t, strings.NewReader(plain))) })
	}
}
