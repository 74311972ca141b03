package isolation

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLabel_is_readable_where_it_can_be(t *testing.T) {
	for id, want := range map[string]string{
		"acme.hello":         "acme-hello",
		"a-b.c":              "a--b-c",
		"a.b-c":              "a-b--c",
		"a--b.c":             "a----b-c",
		"acme.2048":          "acme-2048",
		"Acme.hello":         "x---ifrw2zjonbswy3dp",
		"acme.time_sheet":    "x---mfrw2zjoorugszk7onugkzlu",
		"a-.b":               "x---meww4yq",
		"xn-a.b":             "x---pbxc2yjomi",
		"e3a1.b":             "e3a1-b",
		"no dot but a space": "x---nzxsazdporqgidbaonygcy3f",
	} {
		label, ok := Label(id)
		require.True(t, ok, id)
		back, ok := ID(label)
		assert.True(t, ok, label)
		assert.Equal(t, id, back)
		if !strings.HasPrefix(want, coded) {
			assert.Equal(t, want, label)
		} else {
			assert.True(t, strings.HasPrefix(label, coded), label)
		}
	}
}

func TestLabel_a_name_that_is_too_long_has_none(t *testing.T) {
	for id, ok := range map[string]bool{
		strings.Repeat("a", 31) + "." + strings.Repeat("b", 31): true,
		strings.Repeat("a", 32) + "." + strings.Repeat("b", 31): false,
		strings.Repeat("A", 36):                                 true,
		strings.Repeat("A", 37):                                 false,
		"":                                                      false,
	} {
		_, has := Label(id)
		assert.Equal(t, ok, has, id)
	}
}

func TestID_refuses_what_no_extension_is_called(t *testing.T) {
	for _, label := range []string{"", "app", "-acme-hello", "acme-hello-", "acme---hello", "a-b-c", "x---", "x---1", "x---mfrw2zjonbswy3dp", "acme_hello", "xn--hello"} {
		_, ok := ID(label)
		assert.False(t, ok, label)
	}
	_, ok := Extension("acme-hello.localhost.evil.example")
	assert.False(t, ok)
	_, ok = Extension("localhost")
	assert.False(t, ok)
	id, ok := Extension("ACME-Hello.LocalHost")
	assert.True(t, ok)
	assert.Equal(t, "acme.hello", id)
}

func FuzzLabel_stands_for_one_id(f *testing.F) {
	for _, seed := range []string{"acme.hello", "a-b.c", "a.b-c", "A_b.-", "x---.a", "x--0.0", "xn--.a", "\x00.\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		label, ok := Label(id)
		if !ok {
			return
		}
		assert.Regexp(t, `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`, label)
		assert.False(t, strings.HasPrefix(label, "xn--"))
		_, err := url.Parse("http://" + label + ".localhost/")
		assert.NoError(t, err)
		back, ok := ID(label)
		assert.True(t, ok)
		assert.Equal(t, id, back)
	})
}

func TestAddSandbox_lets_pages_of_an_opaque_origin_load_their_own_modules(t *testing.T) {
	header := http.Header{"Content-Security-Policy": {"default-src 'self'"}, "Vary": {"Accept-Encoding"}}
	AddSandbox(header, "null")
	assert.Equal(t, http.Header{
		"Content-Security-Policy":     {"default-src 'self'", sandbox},
		"Vary":                        {"Accept-Encoding", "Origin"},
		"Access-Control-Allow-Origin": {"null"},
	}, header)
	assert.NotContains(t, sandbox, "allow-same-origin")
	assert.NotContains(t, sandbox, "top-navigation")
}

func TestAddSandbox_tells_other_origins_nothing_and_varies_once(t *testing.T) {
	for _, origin := range []string{"", "https://evil.example", "http://localhost:3000"} {
		header := http.Header{"Vary": {"accept-encoding, origin"}}
		AddSandbox(header, origin)
		assert.Empty(t, header.Get("Access-Control-Allow-Origin"), origin)
		assert.Equal(t, []string{"accept-encoding, origin"}, header.Values("Vary"))
	}
}

func TestAllowFraming_admits_the_hosts_where_the_runner_admitted_its_origin(t *testing.T) {
	hosts := []string{"http://localhost:3000", "http://127.0.0.1:3000"}
	const all = "frame-ancestors 'self' http://localhost:3000 http://127.0.0.1:3000"
	for name, c := range map[string]struct {
		policies []string
		options  string
		want     []string
	}{
		"nothing said":    {nil, "", []string{all}},
		"another policy":  {[]string{"script-src 'self'"}, "", []string{"script-src 'self'", all}},
		"SAMEORIGIN":      {nil, "SAMEORIGIN", []string{all}},
		"self":            {[]string{"img-src *; FRAME-ancestors 'self'; font-src *"}, "", []string{"img-src *; FRAME-ancestors 'self' http://localhost:3000 http://127.0.0.1:3000; font-src *"}},
		"self, in a list": {[]string{"img-src *, frame-ancestors 'self'"}, "", []string{"img-src *, " + all}},
		"named ancestors": {[]string{"frame-ancestors https://app.example"}, "", []string{"frame-ancestors https://app.example"}},
		"none":            {[]string{"frame-ancestors 'none'"}, "", []string{"frame-ancestors 'none'"}},
		"DENY":            {nil, "DENY", nil},
	} {
		header := http.Header{}
		for _, policy := range c.policies {
			header.Add("Content-Security-Policy", policy)
		}
		if c.options != "" {
			header.Set("X-Frame-Options", c.options)
		}
		AllowFraming(header, hosts)
		assert.Equal(t, c.want, header.Values("Content-Security-Policy"), name)
		assert.Equal(t, name == "DENY", header.Get("X-Frame-Options") != "", name)
	}
}
