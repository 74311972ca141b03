package runner

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func TestExecute_logs_one_line_with_the_request_id_and_no_body(t *testing.T) {
	b := newBench(t, "limits")
	request := map[string]any{"method": "POST", "path": "/echo", "body_b64": base64.StdEncoding.EncodeToString([]byte("marker-in-body")), "headers": map[string]string{"x-h": "marker-in-header"}}
	b.execute(t, body("", map[string]any{"http": request}), "X-Request-Id", "req-77")
	assert.Contains(t, b.log.String(), "request_id=req-77")
	assert.NotContains(t, b.log.String(), "marker-in")
	assert.Equal(t, 1, strings.Count(b.log.String(), "executed extension"))
}

func TestExecute_an_exception_that_somebody_tells_of_is_not_logged_too(t *testing.T) {
	for name, c := range map[string]struct {
		told  bool
		lines int
	}{
		"told":     {true, 0},
		"not told": {false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "wasi", func(cfg *Config) { cfg.FailuresTold = c.told })
			b.execute(t, body("/throw")).assertFailed(t, 500, "execute_failed: uncaught exception: boom")
			assert.Equal(t, c.lines, strings.Count(b.log.String(), "executed extension"))
			assert.Equal(t, !c.told, strings.Contains(b.log.String(), "boom"), b.log.String())
			assert.Equal(t, !c.told, strings.Contains(b.log.String(), "Stack:"), b.log.String())
		})
	}
}

func TestExecute_an_exception_with_a_secret_in_it_is_blanked(t *testing.T) {
	for name, told := range map[string]bool{"told": true, "not told": false} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "wasi", func(cfg *Config) { cfg.FailuresTold = told })
			secrets := map[string]any{"ciphertext_b64": sealed(`{"api_key":"from limits"}`)}
			e := b.execute(t, body("/throw", map[string]any{"secret_envelope": secrets, "providers": []string{"cap:log.emit"}}))
			e.assertFailed(t, 500, "execute_failed: uncaught exception: boom [redacted].js")
			assert.NotContains(t, *e.Error, "from limits")
			assert.NotContains(t, b.log.String(), "from limits")
			assert.Equal(t, !told, strings.Contains(b.log.String(), "boom"), b.log.String())
		})
	}
}

type broken struct {
	guest.Engine
	err error
}

func (b broken) Load(context.Context, []byte) (guest.Program, error) {
	return printing{err: b.err}, nil
}

func TestExecute_an_error_of_the_host_with_a_secret_in_it_is_blanked(t *testing.T) {
	b := newBench(t, "wasi", func(cfg *Config) {
		cfg.Engine = broken{cfg.Engine, &guest.TrapError{Kind: guest.TrapHost, Message: "asking example.com/?key=k-123456: no route"}}
	})
	secrets := map[string]any{"ciphertext_b64": sealed(`{"api_key":"k-123456"}`)}
	e := b.execute(t, body("/", map[string]any{"secret_envelope": secrets}))
	e.assertFailed(t, 500, "execute_failed: asking example.com/?key=[redacted]: no route")
	assert.NotContains(t, b.log.String(), "k-123456")
}
