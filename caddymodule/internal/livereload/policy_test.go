package livereload

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAllowScript_extends_a_policy_only_where_it_refuses_us(t *testing.T) {
	cases := map[string]struct {
		policies []string
		want     []string // nil: as they were
		nonce    string
	}{
		"none":                         {policies: nil},
		"the runner's own":             {policies: []string{runnerPolicy}},
		"nothing about us":             {policies: []string{"frame-ancestors 'none'; img-src 'none'"}},
		"anything goes":                {policies: []string{"default-src *"}},
		"odd spacing stays":            {policies: []string{" Script-Src  'SELF' ;; connect-src 'self' "}},
		"a nonce":                      {policies: []string{"script-src 'nonce-aBc='"}, nonce: "aBc="},
		"a nonce and strict-dynamic":   {policies: []string{"script-src 'nonce-a' 'strict-dynamic'"}, nonce: "a"},
		"script-src-elem rules":        {policies: []string{"script-src 'none'; script-src-elem 'self'"}},
		"script refused":               {policies: []string{"script-src 'none'"}, want: []string{"script-src 'self'"}},
		"script-src-elem refuses":      {policies: []string{"script-src 'self'; script-src-elem https:"}, want: []string{"script-src 'self'; script-src-elem https: 'self'"}},
		"requests refused":             {policies: []string{"connect-src https://api.example"}, want: []string{"connect-src https://api.example 'self'"}},
		"only another host":            {policies: []string{"script-src https://cdn.example 'unsafe-inline'"}, want: []string{"script-src https://cdn.example 'unsafe-inline' 'self'"}},
		"everything refused":           {policies: []string{"default-src 'none'; img-src *"}, want: []string{"default-src 'none'; img-src *; script-src 'self'; connect-src 'self'"}},
		"strict-dynamic without nonce": {policies: []string{"script-src 'strict-dynamic' 'sha256-x'"}, want: []string{"script-src 'strict-dynamic' 'sha256-x' 'nonce-NEW'"}, nonce: "NEW"},
		"the first directive counts":   {policies: []string{"script-src 'none'; script-src 'self'"}, want: []string{"script-src 'self'; script-src 'self'"}},
		"several headers": {
			policies: []string{"script-src 'nonce-a'", "script-src 'strict-dynamic' 'nonce-b'"},
			want:     []string{"script-src 'nonce-a'", "script-src 'strict-dynamic' 'nonce-b' 'nonce-a'"}, nonce: "a",
		},
		"several in one header": {
			policies: []string{"script-src 'self', connect-src 'none'"},
			want:     []string{"script-src 'self'", "connect-src 'self'"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			for _, p := range c.policies {
				header.Add(policyHeader, p)
			}
			nonce := allowScript(header)
			got := header.Values(policyHeader)
			if c.nonce == "NEW" {
				assert.Len(t, nonce, 26)
				got[0] = strings.Replace(got[0], nonce, "NEW", 1)
				nonce = "NEW"
			}
			want := c.want
			if want == nil {
				want = c.policies
			}
			assert.Equal(t, want, got)
			assert.Equal(t, c.nonce, nonce)
		})
	}
}
