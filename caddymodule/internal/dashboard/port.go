// port.go contains the page's twin that can act.

package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Codes of what the port refuses.
const (
	codeForeign = "dashboard_foreign"
	codeLocked  = "dashboard_locked"
	codeNothing = "not_found"
	codeMethod  = "method_not_allowed"
)

// port is a server of its own on a loopback address. An extension's page may
// share the app's origin, and never shares this one.
type port struct {
	board  *Board
	view   View
	host   string // "127.0.0.1:PORT"
	server *http.Server
	keys   keys
	done   chan struct{} // closed when nobody serves any more
}

// ErrClosed says that devproxy is stopping.
var ErrClosed = errors.New("the dashboard is closed: devproxy is stopping")

// Open opens the port, if it is not open yet, and gives a URL that lets one
// browser in. The view of the first call stays. The port closes with the board.
func (b *Board) Open(v View) (string, error) {
	if err := v.check(); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return "", ErrClosed
	}
	if b.port == nil {
		p, err := b.listen(v)
		if err != nil {
			return "", err
		}
		b.port = p
	}
	return "http://" + b.port.host + Prefix + "#key=" + b.port.keys.cut(), nil
}

// check keeps what is no origin out of a header.
func (v View) check() error {
	u, err := url.Parse(v.Origin)
	if v.Origin != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || v.Origin != u.Scheme+"://"+u.Host || strings.ContainsAny(u.Host, " ;,'")) {
		return fmt.Errorf("%q is no origin; write one such as http://localhost:3000", v.Origin)
	}
	return nil
}

func (b *Board) listen(v View) (*port, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a port for the dashboard: %w", err)
	}
	p := &port{board: b, view: v, host: listener.Addr().String(), done: make(chan struct{})}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(p.done)
		_ = p.server.Serve(listener) // it ends when the server is closed
	}()
	return p, nil
}

func (p *port) close() {
	_ = p.server.Close() // what is under way ends with its context
	<-p.done
}

// ServeHTTP lets in whom the address was given to. Beyond the page's own files,
// which hold no secret, everything takes a token.
//
//	POST /__runner/dashboard/session        exchanges the key of the URL for a token
//	POST /__runner/dashboard/actions/NAME   one of the view's actions
func (p *port) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header(), p.view.Origin)
	name := strings.TrimPrefix(r.URL.Path, Prefix+"dashboard/")
	action, acts := strings.CutPrefix(name, "actions/")
	switch {
	case !p.own(r):
		refuse(w, http.StatusForbidden, codeForeign, "the dashboard answers its own page only")
	case (acts || name == "session") != (r.Method == http.MethodPost), !acts && name != "session" && r.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed, codeMethod, "what reads is GET, what acts is POST")
	case name == "session":
		p.session(w, r)
	case (acts || name == "state" || name == "events") && !p.keys.opens(bearer(r)):
		refuse(w, http.StatusUnauthorized, codeLocked, "ask 'devproxy dashboard' for a new address: each lets one browser in, until devproxy ends")
	case acts && p.view.Actions[action] != nil:
		p.view.Actions[action].ServeHTTP(w, r)
	case acts || !p.board.Serve(w, r, p.view):
		refuse(w, http.StatusNotFound, codeNothing, "there is nothing here; the dashboard is at "+Prefix)
	}
}

// own refuses names that lead here by DNS rebinding, and other sites' pages.
func (p *port) own(r *http.Request) bool {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	page := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate"
	return r.Host == p.host && (origin == "" || origin == "http://"+p.host) && (site == "" || site == "none" || site == "same-origin" || page)
}

func (p *port) session(w http.ResponseWriter, r *http.Request) {
	token := p.keys.exchange(bearer(r))
	if token == "" {
		refuse(w, http.StatusUnauthorized, codeLocked, "this address was used already; ask 'devproxy dashboard' for a new one")
		return
	}
	respond(w, http.StatusOK, map[string]string{"token": token})
}

func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// refuse answers with an error in the shape that all endpoints have.
func refuse(w http.ResponseWriter, status int, code, message string) {
	respond(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who asked may have left
}

var _ http.Handler = (*port)(nil)
