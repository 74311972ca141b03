package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"syscall"
	"time"
)

// admin is a client of the running devproxy's admin socket.
type admin struct {
	socket string
	client *http.Client
}

func newAdmin(p project) *admin {
	socket := p.AdminSocket()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	return &admin{socket, &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: 10 * time.Second}}
}

// running says whether somebody listens on the socket.
func (a *admin) running() bool {
	conn, err := net.DialTimeout("unix", a.socket, time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// status decodes what devproxy says of itself. It fails with `not_running` when nobody
// listens.
func (a *admin) status(ctx context.Context, into any) error {
	return a.do(ctx, http.MethodGet, "/runner/status", func(body io.Reader) error {
		if err := json.NewDecoder(body).Decode(into); err != nil {
			return fmt.Errorf("reading devproxy's answer: %w", err)
		}
		return nil
	})
}

// post asks for a change of state.
func (a *admin) post(ctx context.Context, path string) error {
	return a.do(ctx, http.MethodPost, path, func(io.Reader) error { return nil })
}

func (a *admin) do(ctx context.Context, method, path string, read func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://devproxy"+path, nil)
	if err != nil {
		return fmt.Errorf("asking devproxy: %w", err)
	}
	req.Host = "" // what Caddy expects on a unix socket
	res, err := a.client.Do(req)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return &fault{Code: "not_running", Exit: exitFailure, Err: errors.New("no devproxy runs for this project")}
	}
	if err != nil {
		return fmt.Errorf("asking devproxy: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
		return &refusal{path: path, status: res.Status, body: text}
	}
	return read(res.Body)
}

// refusal is an answer other than 200.
type refusal struct {
	path, status string
	body         []byte
}

// Error is what the running devproxy says, where it says it in Caddy's way.
func (r *refusal) Error() string {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(r.body, &said) == nil && said.Error != "" {
		return said.Error
	}
	return fmt.Sprintf("asking devproxy for %s: it answered %s: %s", r.path, r.status, r.body)
}
