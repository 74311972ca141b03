package livereload

import (
	"fmt"
	"html"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// Mode is what a page does with a new build.
type Mode string

// The modes of `--live-reload`.
const (
	// Hot swaps stylesheets in place where nothing else changed, and loads
	// the iframe again otherwise. The default.
	Hot Mode = "hot"
	// Full always loads the iframe again.
	Full Mode = "full"
	// Off leaves HTML as it is: no reload, no overlay, no console lines.
	Off Mode = "off"
)

// ParseMode reads a mode; "" is Hot.
func ParseMode(text string) (Mode, error) {
	switch mode := Mode(text); mode {
	case "":
		return Hot, nil
	case Hot, Full, Off:
		return mode, nil
	default:
		return "", fmt.Errorf("reading the live-reload mode: want hot, full or off, not %q", text)
	}
}

// Page is what a document is of.
type Page struct {
	Extension string // "publisher.name"
	Build     string // the build id that the document came from
	Mode      Mode   // default Hot
}

// Header is set on documents that were looked at: "injected", or "skipped; "
// and the reason.
const Header = "X-Live-Reload"

// PrepareRequest asks the runner for a document that can be injected into:
// whole, and in an encoding that is known here. Other requests stay as they
// are.
func PrepareRequest(r *http.Request) {
	if !wantsDocument(r) {
		return
	}
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
		r.Header.Del(name)
	}
	r.Header.Set("Accept-Encoding", acceptedEncodings)
}

func wantsDocument(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	case "":
		return strings.Contains(r.Header.Get("Accept"), "text/html")
	default:
		return false
	}
}

// Inject adds the live-reload script to the document that res holds. Whatever
// is no HTML document of a GET or HEAD stays untouched. It reads nothing of
// the body: that happens while the body is passed on, byte by byte as it comes.
//
// The response's Content-Security-Policy is extended where it would refuse the
// script or its event stream, see [allowScript]. A policy in a `<meta>` element is
// left alone: the script comes before it, but its stream may be refused.
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

// wideCharset reports whether ASCII bytes are no characters in charset.
func wideCharset(charset string) bool {
	charset = strings.ToLower(charset)
	for _, prefix := range []string{"utf-16", "utf16", "utf-32", "utf32", "ucs-2", "ucs-4", "unicode", "csunicode", "iso-10646"} {
		if strings.HasPrefix(charset, prefix) && !strings.HasPrefix(charset, "unicode-1-1-utf-8") && charset != "unicode11utf8" && charset != "unicode20utf8" {
			return true
		}
	}
	return false
}

// tag is short: the browser looks for a page's charset in the first 1024 bytes.
func (l *Live) tag(page Page, nonce string) string {
	mode := page.Mode
	if mode == "" {
		mode = Hot
	}
	attributes := [][2]string{
		{"src", l.cfg.Prefix + "client.js?t=" + url.QueryEscape(l.token)},
		{"data-ext", page.Extension}, {"data-build", page.Build}, {"data-mode", string(mode)},
	}
	if off := l.switchedOff(); off != "" {
		attributes = append(attributes, [2]string{"data-off", off})
	}
	if nonce != "" {
		attributes = append(attributes, [2]string{"nonce", nonce})
	}
	tag := "<script"
	for _, a := range attributes {
		tag += " " + a[0] + `="` + html.EscapeString(a[1]) + `"`
	}
	return tag + "></script>"
}

func (l *Live) switchedOff() string {
	var off []string
	for _, part := range []struct {
		name string
		off  bool
	}{{"console", l.cfg.NoConsole}, {"overlay", l.cfg.NoOverlay}, {"badge", l.cfg.NoBadge}, {"open", l.cfg.Open == nil}} {
		if part.off {
			off = append(off, part.name)
		}
	}
	return strings.Join(off, " ")
}
