package livereload

import (
	"mime"
	"net/http"
	"strings"
)

// Page is what a document is of.
type Page struct {
	Extension string // "publisher.name"
	Build     string // the build id that the document came from
	Mode      Mode   // default Hot
	Scripted  bool   // a script asked for it, see [Scripted]
}

// Header is set on documents that were looked at: "injected", or "skipped; "
// and the reason.
const Header = "X-Live-Reload"

// Inject adds the live-reload script to the document that res holds. Whatever
// is no HTML document of a GET or HEAD stays untouched. It reads nothing of
// the body: that happens while the body is passed on, byte by byte as it comes.
//
// A Content-Security-Policy that would refuse the script or its event stream
// gets 'self', or a nonce under 'strict-dynamic', where it says what scripts and
// requests are allowed. One in a `<meta>` element is left alone: the script
// comes before it, but its stream may be refused.
func (l *Live) Inject(res *http.Response, page Page) {
	if page.Mode == Off || !isDocument(res) {
		return
	}
	if reason := l.unfit(res, page); reason != "" {
		res.Header.Set(Header, "skipped; "+reason)
		return
	}
	nonce := allowScript(res.Header)
	if res.Request.Method == http.MethodGet {
		plain := decode(res.Body, contentEncoding(res.Header))
		res.Body = &injected{body: plain, tag: []byte(l.tag(page, nonce))}
	}
	res.ContentLength = -1
	for _, name := range []string{
		"Content-Length", "Content-Encoding", "Etag", "Last-Modified", "Accept-Ranges",
		"Content-Md5", "Digest", "Content-Digest", "Repr-Digest",
	} {
		res.Header.Del(name)
	}
	// the script's address is this process's
	res.Header.Set("Cache-Control", "no-store")
	res.Header.Set(Header, "injected")
}

func isDocument(res *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return res.StatusCode == http.StatusOK && kind == "text/html" && res.Request != nil &&
		(res.Request.Method == http.MethodGet || res.Request.Method == http.MethodHead)
}

// unfit says why a document cannot be injected into.
func (l *Live) unfit(res *http.Response, page Page) string {
	if page.Scripted {
		return "a script asked"
	}
	if _, loaded := l.cfg.Folder(page.Extension); !loaded {
		return "extension not loaded"
	}
	if disposition, _, _ := mime.ParseMediaType(res.Header.Get("Content-Disposition")); disposition == "attachment" {
		return "a download"
	}
	_, params, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if wideCharset(params["charset"]) {
		return "charset " + params["charset"]
	}
	if encoding := contentEncoding(res.Header); !knownEncoding(encoding) {
		return "content-encoding " + encoding
	}
	return ""
}

// wideCharset reports whether ASCII bytes are no characters in charset. The
// names of UTF-16 are those of the Encoding standard.
func wideCharset(charset string) bool {
	switch charset = strings.ToLower(charset); charset {
	case "csunicode", "iso-10646-ucs-2", "ucs-2", "unicode", "unicodefeff", "unicodefffe":
		return true
	default:
		return strings.HasPrefix(charset, "utf-16") || strings.HasPrefix(charset, "utf-32")
	}
}
