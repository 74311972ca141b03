//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// faultCode is in the first line of what a command says is wrong.
var faultCode = regexp.MustCompile(`(?m)^devproxy: (\w+): `)

// settle waits until everything answers with what was saved last.
func (s *soak) settle(after string) {
	s.t.Helper()
	began := time.Now()
	require.EventuallyWithT(s.t, func(c *assert.CollectT) {
		s.shows(c, http.MethodGet, soakFile, `"`+fmt.Sprintf("ui-%d", s.place.ui)+`"`)
		s.shows(c, http.MethodPost, soakGreet, fmt.Sprintf(`Hello, settled! handler-%d"`, s.place.handler))
		s.shows(c, http.MethodGet, "/page", "app ")
		conn, _, err := websocket.Dial(s.t.Context(), s.url+"/ws", nil)
		if assert.NoError(c, err) {
			conn.CloseNow()
		}
	}, settleLimit, 100*time.Millisecond, "%s: not everything answers again\n%s", after, s.output)
	s.t.Logf("%s  settled %v after: %s", time.Now().Format(time.TimeOnly), time.Since(began).Round(time.Millisecond), after)
	for _, unrest := range s.load.unrest {
		unrest.end()
	}
}

// shows asks once.
func (s *soak) shows(c *assert.CollectT, method, path, content string) {
	client := http.Client{Timeout: answerBound}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(`{"name":"settled"}`))
	if !assert.NoError(c, err) {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if !assert.NoError(c, err) {
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	assert.NoError(c, err)
	assert.Contains(c, string(text), content, "%s answers %d", path, res.StatusCode)
}

func (s *soak) status() (runnerstatus.Snapshot, error) {
	var status runnerstatus.Snapshot
	out, err := s.command(s.t, "status", "--json").Output()
	if err != nil {
		return status, err
	}
	return status, json.Unmarshal(out, &status)
}

// use sends requests to another backend, and waits until that is so.
func (s *soak) use(backend string) {
	s.t.Helper()
	s.load.unrest["runner"].begin()
	out, err := s.command(s.t, "use", backend, "--wait").CombinedOutput()
	require.NoError(s.t, err, "%s", out)
}
