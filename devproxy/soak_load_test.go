//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const (
	// soakPace is the pause between two requests of one worker: the load is to
	// be mixed, not heavy.
	soakPace = 20 * time.Millisecond
	// answerBound is what no request may take: 5 s that it is held, 30 s of its
	// timeout, and as much again for a busy machine.
	answerBound = 70 * time.Second
)

// soakLoad is what asks devproxy all the time: for files of the UI, the handler,
// pages of the app, an event stream of the app's and of devproxy's, and a
// WebSocket.
type soakLoad struct {
	*soakAnswers
	url     string
	client  *http.Client
	ctx     context.Context // ends when the load is to pause
	cancel  context.CancelFunc
	workers sync.WaitGroup
}

func newSoakLoad(t *testing.T, url string) *soakLoad {
	t.Helper()
	l := &soakLoad{soakAnswers: newSoakAnswers(t), url: url, client: &http.Client{Transport: &http.Transport{}}}
	l.ctx, l.cancel = context.WithCancel(t.Context())
	t.Cleanup(l.stop)
	return l
}

// run starts the workers; stop ends them after their requests.
func (l *soakLoad) run() {
	l.ctx, l.cancel = context.WithCancel(context.Background())
	for _, work := range []func(){
		l.file, l.file, l.call, l.page, l.send,
		func() { l.stream("app stream", "/sse") },
		func() { l.stream("status stream", "/__runner/dashboard/events") },
		l.talk,
	} {
		l.workers.Go(func() {
			for l.ctx.Err() == nil {
				work()
				select {
				case <-l.ctx.Done():
				case <-time.After(soakPace):
				}
			}
		})
	}
}

func (l *soakLoad) stop() {
	l.cancel()
	l.workers.Wait()
	l.client.CloseIdleConnections()
}

const (
	soakFile  = "/runner/ext-ui/acme.hello/" + anyHash + "/version.js"
	soakGreet = "/api/ext/acme.hello/greet"
)

func (l *soakLoad) file() { l.ask("file", "runner", http.MethodGet, soakFile, "", l.isVersion("ui-")) }
func (l *soakLoad) call() {
	l.ask("call", "runner", http.MethodPost, soakGreet, `{"name":"soak"}`, l.isVersion("handler-"))
}
func (l *soakLoad) page() { l.ask("page", "app", http.MethodGet, "/page", "", isApp("")) }
func (l *soakLoad) send() {
	body := strings.Repeat("soak", 1<<14)
	l.ask("send", "app", http.MethodPost, "/send", body, isApp(body))
}

// isApp checks the app's answer: which build it is, and the hash of what it
// was sent.
func isApp(body string) func(http.Header, string) string {
	want := fmt.Sprintf("app %x", sha256.Sum256([]byte(body)))
	return func(_ http.Header, got string) string {
		if got != want {
			return "not the app's answer: " + got
		}
		return ""
	}
}

// ask sends one request; its answer is judged by content when it is a 200.
func (l *soakLoad) ask(kind, about, method, path, body string, content func(http.Header, string) string) {
	judge := l.judge(kind, about)
	ctx, cancel := context.WithTimeout(context.Background(), 2*answerBound)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, l.url+path, strings.NewReader(body))
	if err != nil {
		judge.wrong("asking: %v", err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := l.client.Do(req)
	if err != nil {
		judge.unanswered(err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	judge.answered(res, string(text), err, content)
}

// stream reads events until the load pauses.
func (l *soakLoad) stream(kind, path string) {
	about := map[bool]string{true: "app", false: "devproxy"}[kind == "app stream"]
	judge := l.judge(kind, about)
	req, err := http.NewRequestWithContext(l.ctx, http.MethodGet, l.url+path, nil)
	if err != nil {
		judge.wrong("asking: %v", err)
		return
	}
	res, err := l.client.Do(req)
	if err != nil {
		judge.unanswered(err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, err := io.ReadAll(res.Body)
		judge.answered(res, string(text), err, nil)
		return
	}
	bytes, err := io.Copy(io.Discard, res.Body)
	judge.ended(l.ctx, fmt.Errorf("the stream ended after %d bytes: %w", bytes, err))
}

// talk holds a WebSocket of the app until the load pauses, and has all echoed.
func (l *soakLoad) talk() {
	judge := l.judge("socket", "app")
	conn, res, err := websocket.Dial(l.ctx, l.url+"/ws", &websocket.DialOptions{HTTPClient: l.client})
	if err != nil {
		judge.refused(l.ctx, res, err)
		return
	}
	defer conn.CloseNow()
	for n := 0; ; n++ {
		text := fmt.Sprint(n)
		var got []byte
		if err = conn.Write(l.ctx, websocket.MessageText, []byte(text)); err == nil {
			_, got, err = conn.Read(l.ctx)
		}
		if err != nil {
			judge.ended(l.ctx, err)
			return
		}
		if string(got) != text {
			judge.wrong("the echo of %s is %q", text, got)
		}
		select {
		case <-l.ctx.Done():
		case <-time.After(soakPace):
		}
	}
}
