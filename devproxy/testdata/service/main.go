// Command service is the runner of the tests of the docker backend, and the app
// of the soak test: it says which build it is, streams, echoes, and hashes what
// it is sent. HOST and PORT say where; by default that is every address, and
// port 8080.
package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"context"

	"github.com/coder/websocket"
)

// build is set by the linker.
var build = "none"

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/sse", events)
	mux.HandleFunc("/ws", echo)
	mux.HandleFunc("/v1/execute", execute)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.New()
		_, _ = io.Copy(sum, r.Body)
		fmt.Fprintf(w, "%s %x", build, sum.Sum(nil))
	})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server := http.Server{Addr: os.Getenv("HOST") + ":" + cmp.Or(os.Getenv("PORT"), "8080"), Handler: mux}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
		os.Exit(0)
	}()
	fmt.Println("build", build)
	fmt.Println(server.ListenAndServe())
	select {}
}

func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for r.Context().Err() == nil {
		fmt.Fprintf(w, "data: %s\n\n", build)
		w.(http.Flusher).Flush()
		time.Sleep(20 * time.Millisecond)
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		kind, data, err := conn.Read(r.Context())
		if err != nil || conn.Write(r.Context(), kind, data) != nil {
			return
		}
	}
}

// execute answers a handler's call with the body that it was sent.
func execute(w http.ResponseWriter, r *http.Request) {
	var in struct {
		HTTP struct {
			Body []byte `json:"body_b64"`
		} `json:"http"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": 200, "headers": map[string]string{}, "body_b64": in.HTTP.Body})
}
