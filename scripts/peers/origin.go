// origin.go contains the server that all proxies stand before, and that is
// measured bare as well.

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

// serveArgument makes this program the origin, in a process of its own, so that
// its CPU time is not counted with anybody else's.
const serveArgument = "serve-origin"

// The paths of the origin. Those below immutable are what the asset cache of
// devproxy and nginx's keep; the prefix /ext-ui is the runner's.
const (
	echoPath      = "/echo"
	immutablePath = "/ext-ui/acme.x/" + contentHash + "/"
	contentHash   = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	freshPath     = "/fresh/"
	eventsPath    = "/events"
	socketPath    = "/socket"
	uploadPath    = "/upload"
	downloadPath  = "/download/"
)

func serveOrigin() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	return (&http.Server{Handler: origin(), ReadHeaderTimeout: time.Minute}).Serve(ln)
}

func origin() http.Handler {
	mux := http.NewServeMux()
	for _, kilobytes := range []int{14, 300} {
		body := bytes.Repeat([]byte("x"), kilobytes<<10)
		mux.HandleFunc(fmt.Sprintf("GET %s%dk.js", immutablePath, kilobytes), asset(body, "public, max-age=31536000, immutable"))
		mux.HandleFunc(fmt.Sprintf("GET %s%dk.js", freshPath, kilobytes), asset(body, "no-store"))
	}
	mux.HandleFunc("POST "+echoPath, echo)
	mux.HandleFunc("GET "+eventsPath, firstEvent)
	mux.HandleFunc("GET "+socketPath, echoMessages)
	mux.HandleFunc("POST "+uploadPath, upload)
	mux.HandleFunc("GET "+downloadPath+"{bytes}", download)
	mux.HandleFunc("GET "+healthPath, func(http.ResponseWriter, *http.Request) {})
	return mux
}

func asset(body []byte, keep string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cache-Control", keep)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // whoever went away does not need it
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// firstEvent sends one event and keeps the stream open.
func firstEvent(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "data: first\n\n")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func echoMessages(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // it has answered
	}
	defer conn.CloseNow() //nolint:errcheck // nothing is left to be said
	for {
		kind, message, err := conn.Read(r.Context())
		if err != nil || conn.Write(r.Context(), kind, message) != nil {
			return
		}
	}
}

func upload(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprint(w, n)
}

func download(w http.ResponseWriter, r *http.Request) {
	left, err := strconv.ParseInt(r.PathValue("bytes"), 10, 64)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", strconv.FormatInt(left, 10))
	block := make([]byte, 1<<20)
	for ; left > 0; left -= int64(len(block)) {
		if _, err := w.Write(block[:min(left, int64(len(block)))]); err != nil {
			return
		}
	}
}
