package livereload

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// documents have a "¶" where the tag belongs; none where it belongs nowhere.
var documents = map[string]string{
	"usual":                       "<!DOCTYPE html>\n<html lang=en>\n<head>¶<meta charset=utf-8></head></html>",
	"a byte order mark":           "\xef\xbb\xbf<!doctype html><head>¶<title>x</title>",
	"upper case":                  "<HTML><HEAD>¶<TITLE>x</TITLE>",
	"attributes of the head":      "<head data-a='>' data-b=\">\" c=d/e / =\">¶<title>",
	"a quote that opens nothing":  "<html a\"b><head>¶",
	"an unquoted value":           "<html a=b\"c><head>¶",
	"a value after white space":   "<html a = '>' b><head>¶",
	"an empty value":              "<html a=><head>¶",
	"a self-closing tag":          "<html/><head/>¶<p>",
	"no head":                     "<!doctype html><html><!-- <head> -->¶<body><p>text",
	"a header is no head":         "<html>¶<header>",
	"htmlx is no html":            "¶<htmlx><head>",
	"no html":                     "<!doctype html>\r\n¶<title>x</title>",
	"a fragment":                  "¶<p>hello <head>",
	"text":                        "¶hello <head>",
	"text after the doctype":      "<!doctype html> ¶a < b",
	"a script first":              "¶<script>'<head>'</script>",
	"a head in a title":           "¶<title><head></title>",
	"a comment with a head":       "<!-- <head> --><!-- a --!><!--><!---><html><head>¶",
	"a comment with dashes":       "<!-- -- - > -> --- --><head>¶",
	"a doctype with a quote":      "<!doctype html PUBLIC \"a>¶b\"><head>",
	"a processing instruction":    "<?xml version=\"1.0\"?><!ELEMENT a><![CDATA[x]]><!-x><!><head>¶",
	"an end tag":                  "<html>¶</head><p>",
	"a nameless end tag":          "¶</><head>",
	"nothing":                     "¶",
	"white space only":            " \n¶",
	"a lone angle bracket":        "¶<",
	"a cut tag name":              "¶<hea",
	"a cut doctype":               "<!doctype html",
	"a cut comment":               "<!-- <head> --",
	"a cut tag":                   "<html a='<head>",
	"UTF-16, little endian":       "\xff\xfe<\x00h\x00e\x00a\x00d\x00>\x00",
	"UTF-16, big endian":          "\xfe\xff\x00<\x00h\x00e\x00a\x00d\x00>",
	"half a byte order mark":      "¶\xef\xbb<head>",
	"a high byte":                 "¶\xffx<head>",
	"a mark that is cut":          "¶\xef\xbb",
	"a null byte":                 "<html>¶\x00<head>",
	"a form feed and a tab":       "<html\f>\t\f<head\n>¶<p>",
	"an entity":                   "<html>¶&lt;head>",
	"a second html tag":           "<html><html a><head>¶<head>",
	"a question mark in the html": "<html><?php ?><head>¶",
}

const testTag = `<script src="x"></script>`

func TestInjected_places_the_tag_wherever_the_reads_are_split(t *testing.T) {
	for name, document := range documents {
		t.Run(name, func(t *testing.T) {
			plain := strings.Replace(document, "¶", "", 1)
			want := strings.Replace(document, "¶", testTag, 1)
			for at := range len(plain) + 1 {
				body := io.MultiReader(strings.NewReader(plain[:at]), strings.NewReader(plain[at:]))
				assert.Equal(t, want, injectInto(t, body), "split at %d", at)
			}
			assert.Equal(t, want, injectInto(t, iotest.OneByteReader(strings.NewReader(plain))))
			assert.Equal(t, want, injectInto(t, iotest.DataErrReader(strings.NewReader(plain))), "the end comes with the data")
			assert.NoError(t, iotest.TestReader(&injected{body: io.NopCloser(strings.NewReader(plain)), tag: []byte(testTag)}, []byte(want)))
		})
	}
}

func TestInjected_passes_on_what_came_before_it_waits_for_more(t *testing.T) {
	read, write := io.Pipe()
	d := &injected{body: read, tag: []byte(testTag)}
	for _, step := range []struct{ in, out string }{
		{"<!doc", "<!doc"}, {"type html><ht", "type html>"}, {"ml><!-", "<html><!-"}, {"- x --><head>", "- x --><head>" + testTag}, {"a", "a"},
	} {
		go func() { _, _ = write.Write([]byte(step.in)) }()
		got := make([]byte, len(step.out))
		_, err := io.ReadFull(d, got)
		require.NoError(t, err)
		assert.Equal(t, step.out, string(got))
	}
	require.NoError(t, d.Close())
}

func TestInjected_tells_the_body_s_fault_after_what_came(t *testing.T) {
	cut := errors.New("cut off")
	d := &injected{body: io.NopCloser(io.MultiReader(strings.NewReader("<html><he"), iotest.ErrReader(cut))), tag: []byte(testTag)}
	got, err := io.ReadAll(d)
	assert.ErrorIs(t, err, cut)
	assert.Equal(t, "<html>", string(got))
}

func FuzzInjected_keeps_every_byte(f *testing.F) {
	for _, document := range documents {
		f.Add(strings.Replace(document, "¶", "", 1), 7)
	}
	f.Fuzz(func(t *testing.T, document string, at int) {
		if strings.Contains(document, testTag) {
			return
		}
		at = min(max(at, 0), len(document))
		whole := injectInto(t, strings.NewReader(document))
		assert.Equal(t, document, strings.Replace(whole, testTag, "", 1))
		parts := io.MultiReader(strings.NewReader(document[:at]), strings.NewReader(document[at:]))
		assert.Equal(t, whole, injectInto(t, parts))
		checkBrowserRunsIt(t, document, whole)
	})
}

func injectInto(t *testing.T, body io.Reader) string {
	t.Helper()
	got, err := io.ReadAll(&injected{body: io.NopCloser(body), tag: []byte(testTag)})
	require.NoError(t, err)
	return string(got)
}

func TestInject_decodes_what_it_knows_and_mends_the_headers(t *testing.T) {
	zstdWriter, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	cases := map[string]struct {
		encoding string
		body     []byte
	}{
		"plain":       {"", []byte(document)},
		"identity":    {"identity", []byte(document)},
		"gzip":        {"gzip", packed(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })},
		"x-gzip":      {"X-Gzip", packed(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })},
		"deflate":     {"deflate", packed(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })},
		"raw deflate": {"deflate", packed(t, func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 1); return f })},
		"zstd":        {"zstd", zstdWriter.EncodeAll([]byte(document), nil)},
	}
	for name, c := range cases {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			t.Run(name+" "+method, func(t *testing.T) {
				l := testLive(t)
				res := response(method, c.body)
				res.Header.Set("Content-Encoding", c.encoding)
				res.Header.Set("Etag", `"sha256-abc"`)
				l.Inject(res, Page{Extension: extension, Build: "b1"})
				for _, gone := range []string{"Content-Encoding", "Content-Length", "Etag"} {
					assert.Empty(t, res.Header.Get(gone), gone)
				}
				assert.Equal(t, int64(-1), res.ContentLength)
				assert.Equal(t, []string{"injected", "no-store"}, []string{res.Header.Get(Header), res.Header.Get("Cache-Control")})
				got, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				want := strings.Replace(document, "<head>", "<head>"+l.tag(Page{Extension: extension, Build: "b1", Mode: Hot}, ""), 1)
				if method == http.MethodHead {
					want = ""
				}
				assert.Equal(t, want, string(got))
				assert.NoError(t, res.Body.Close())
			})
		}
	}
}

func TestInject_leaves_alone_what_is_no_document_of_a_loaded_extension(t *testing.T) {
	cases := map[string]struct {
		change func(*http.Response, *Page)
		why    string
	}{
		"off":               {func(_ *http.Response, p *Page) { p.Mode = Off }, ""},
		"a script":          {func(r *http.Response, _ *Page) { r.Header.Set("Content-Type", "text/javascript") }, ""},
		"an error":          {func(r *http.Response, _ *Page) { r.StatusCode = 404 }, ""},
		"a part":            {func(r *http.Response, _ *Page) { r.StatusCode = 206 }, ""},
		"a POST":            {func(r *http.Response, _ *Page) { r.Request.Method = "POST" }, ""},
		"no extension":      {func(_ *http.Response, p *Page) { p.Extension = "acme.other" }, "skipped; extension not loaded"},
		"brotli":            {func(r *http.Response, _ *Page) { r.Header.Set("Content-Encoding", "br") }, "skipped; content-encoding br"},
		"two encodings":     {func(r *http.Response, _ *Page) { r.Header.Set("Content-Encoding", "gzip, gzip") }, "skipped; content-encoding gzip, gzip"},
		"UTF-16":            {func(r *http.Response, _ *Page) { r.Header.Set("Content-Type", "text/html; charset=UTF-16LE") }, "skipped; charset UTF-16LE"},
		"one that is read":  {func(_ *http.Response, p *Page) { p.Scripted = true }, "skipped; a script asked"},
		"a download":        {func(r *http.Response, _ *Page) { r.Header.Set("Content-Disposition", "attachment; filename=a.html") }, "skipped; a download"},
		"an XHTML document": {func(r *http.Response, _ *Page) { r.Header.Set("Content-Type", "application/xhtml+xml") }, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			res, page := response(http.MethodGet, []byte("<head>")), Page{Extension: extension}
			c.change(res, &page)
			want := res.Header.Clone()
			if c.why != "" {
				want.Set(Header, c.why)
			}
			testLive(t).Inject(res, page)
			assert.Equal(t, want, res.Header)
			assert.Equal(t, int64(6), res.ContentLength)
			got, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, "<head>", string(got))
		})
	}
}

func TestInject_takes_no_more_memory_for_an_encoding_than_HTTP_allows(t *testing.T) {
	for window, refused := range map[int]bool{8 << 20: false, 16 << 20: true} {
		var body bytes.Buffer
		w, err := zstd.NewWriter(&body, zstd.WithWindowSize(window))
		require.NoError(t, err)
		_, err = w.Write([]byte(document))
		require.NoError(t, err)
		require.NoError(t, w.Flush()) // or it would be written as one segment, without a window
		require.NoError(t, w.Close())
		res := response(http.MethodGet, body.Bytes())
		res.Header.Set("Content-Encoding", "zstd")
		testLive(t).Inject(res, Page{Extension: extension})
		_, err = io.ReadAll(res.Body)
		if refused {
			assert.ErrorIs(t, err, zstd.ErrWindowSizeExceeded)
		} else {
			assert.NoError(t, err)
		}
	}
}

func TestInject_tells_of_a_broken_encoding(t *testing.T) {
	res := response(http.MethodGet, []byte("no gzip at all"))
	res.Header.Set("Content-Encoding", "gzip")
	testLive(t).Inject(res, Page{Extension: extension})
	_, err := io.ReadAll(res.Body)
	assert.ErrorContains(t, err, "decoding the runner's gzip")
}

func TestTag_escapes_what_it_is_given(t *testing.T) {
	l := testLive(t)
	tag := l.tag(Page{Extension: `"><script>`, Build: "b&b"}, `n"`)
	assert.Equal(t, `<script src="/__runner/live/client.js?ext=%22%3E%3Cscript%3E&amp;t=`+l.tokens.page(`"><script>`)+`" data-frames="`+l.tokens.frames()+`" data-build="b&amp;b"`+
		` data-mode="hot" data-off="open" nonce="n&#34;"></script>`, tag)
}

func TestPrepareRequest_wants_whole_documents_in_a_known_encoding(t *testing.T) {
	for _, c := range []struct {
		header, value string
		prepared      bool
	}{
		{"Sec-Fetch-Dest", "iframe", true}, {"Sec-Fetch-Dest", "document", true}, {"Sec-Fetch-Dest", "script", false},
		{"Accept", "text/html,*/*", true}, {"Accept", "*/*", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set(c.header, c.value)
		r.Header.Set("If-None-Match", `"a"`)
		r.Header.Set("Accept-Encoding", "br")
		PrepareRequest(r)
		assert.Equal(t, c.prepared, r.Header.Get("If-None-Match") == "", c.value)
		assert.Equal(t, c.prepared, r.Header.Get("Accept-Encoding") == "zstd, gzip, deflate", c.value)
	}
}

func TestScripted_tells_who_reads_from_who_shows(t *testing.T) {
	for _, c := range []struct {
		header, value string
		want          bool
	}{
		{"Sec-Fetch-Dest", "iframe", false}, {"Sec-Fetch-Dest", "document", false}, {"Sec-Fetch-Dest", "empty", true},
		{"Sec-Fetch-Dest", "script", true}, {"Sec-Fetch-Dest", "what comes next", true}, {"Origin", "null", true}, {"Accept", "*/*", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set(c.header, c.value)
		assert.Equal(t, c.want, Scripted(r), c.value)
	}
}

func TestParseMode_knows_three(t *testing.T) {
	for text, want := range map[string]Mode{"": Hot, "hot": Hot, "full": Full, "off": Off} {
		got, err := ParseMode(text)
		assert.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err := ParseMode("on")
	assert.EqualError(t, err, `reading the live-reload mode: want hot, full or off, not "on"`)
}

const document = "<!doctype html><head><title>x</title>"

func packed(t *testing.T, open func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	_, err := io.WriteString(w, document)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func response(method string, body []byte) *http.Response {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Content-Length": {strconv.Itoa(len(body))}},
		ContentLength: int64(len(body)),
		Body:          bodyOf(method, body),
		Request:       &http.Request{Method: method},
	}
}

func bodyOf(method string, body []byte) io.ReadCloser {
	if method == http.MethodHead {
		return http.NoBody
	}
	return io.NopCloser(bytes.NewReader(body))
}

func testLive(t *testing.T) *Live {
	t.Helper()
	dir := t.TempDir()
	l, err := New(Config{Bus: &event.Bus{}, Folder: func(id string) (string, bool) { return dir, id == extension }})
	require.NoError(t, err)
	return l
}
