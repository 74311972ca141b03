// preview.go contains the page around one extension's UI.

package dashboard

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/same-origin/devproxy/examples/host"
)

//go:embed static/preview.html
var previewText string

var previewPage = template.Must(template.New("preview").Parse(previewText))

// bridge are the modules of the example host that a preview is a host with.
var bridge = map[string]bool{"bridge.js": true, "api-proxy.js": true, "base64.js": true}

// preview serves a small host of one extension: its calls reach its handler as
// they do from the app, by this origin's /api/ext. That is why the page is on
// the app's origin only, also for the dashboard on the port: the page there,
// which can act, hears nothing that an extension says.
func (b *Board) preview(w http.ResponseWriter, r *http.Request, v View) {
	ui, found := uiOf(v, r.URL.Query().Get("extension"))
	if !found {
		refuse(w, http.StatusNotFound, codeNothing, "no extension of this id has a UI to show; see "+Prefix)
		return
	}
	header := w.Header()
	header.Del("X-Frame-Options") // knows no list
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"frame-src 'self' "+ui.Origin+"; frame-ancestors 'self' "+b.Address()+"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'")
	header.Set("Content-Type", "text/html; charset=utf-8")
	_ = previewPage.Execute(w, ui) // who asked may have left
}

// previewed is an extension's UI.
type previewed struct {
	ID, URL string
	Origin  string // of URL, where that is not the app's
	Own     bool   // the extension's own origin, which it may keep
}

func uiOf(v View, id string) (ui previewed, found bool) {
	for _, e := range v.Snapshot().Extensions {
		if e.ID == "" || e.ID != id || e.UIURL == "" {
			continue
		}
		address, err := url.Parse(e.UIURL)
		if err != nil {
			return ui, false
		}
		ui = previewed{ID: e.ID, URL: e.UIURL, Own: v.Own != nil && v.Own(e)}
		if address.Host != "" && !strings.ContainsAny(address.Host, " ;,'") {
			ui.Origin = address.Scheme + "://" + address.Host
		}
		return ui, true
	}
	return ui, false
}

// Address is the port's origin, such as http://127.0.0.1:41877; "" until it is
// open.
func (b *Board) Address() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.port == nil {
		return ""
	}
	return "http://" + b.port.host
}

// file is one of the page's own, or of the example host's.
func file(name string) ([]byte, error) {
	if bridge[name] {
		return host.Files.ReadFile(name)
	}
	return static.ReadFile("static/" + name)
}
