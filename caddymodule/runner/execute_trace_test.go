package runner

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/trace"
)

// traced executes and gives the envelope's trace.
func (b *bench) traced(t *testing.T, body string, headers ...string) *trace.Trace {
	t.Helper()
	var e struct{ Trace *trace.Trace }
	require.NoError(t, json.Unmarshal([]byte(b.post(t, body, append(headers, trace.Header, "1")...).body), &e))
	return e.Trace
}

func TestTrace_is_there_only_for_who_asks(t *testing.T) {
	b := newBench(t, "hosts")
	assert.NotContains(t, b.post(t, body("/logging/log-info")).body, "trace")
	assert.NotNil(t, b.traced(t, body("/logging/log-info")))
}

func TestTrace_has_steps_lines_and_calls_without_values(t *testing.T) {
	b := newBench(t, "hosts")
	secrets := map[string]any{"providers": []string{"cap:secrets.get"}, "secret_envelope": map[string]any{"ciphertext_b64": sealed(`{"api_key":"k-123"}`)}}
	got := b.traced(t, body("/secrets/get", secrets))
	require.Len(t, got.Calls, 1)
	call := got.Calls[0]
	assert.Equal(t, trace.Call{Function: "secrets#get", Capability: "cap:secrets.get", Target: "api_key", Outcome: "ok", At: call.At, MS: call.MS}, call)
	var steps []string
	for _, step := range got.Steps {
		steps = append(steps, step.Name)
		assert.LessOrEqual(t, step.At+step.MS, got.MS+1)
	}
	assert.Equal(t, []string{"find the bundle", "load the handler", "run the handler"}, steps)
	text, err := json.Marshal(got)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "k-123")

	lines := b.traced(t, body("/logging/log-info")).Lines
	require.NotEmpty(t, lines)
	assert.Equal(t, "info", lines[0].Level)
	assert.Equal(t, "an info line", lines[0].Text)
}

func TestTrace_says_what_was_denied_and_why(t *testing.T) {
	b := newBench(t, "hosts")
	calls := b.traced(t, body("/secrets/get")).Calls
	require.Len(t, calls, 1)
	assert.Equal(t, trace.Denied, calls[0].Outcome)
	assert.Contains(t, calls[0].Reason, "cap:secrets.get is not declared")

	failed := b.traced(t, body("/", map[string]any{"context": map[string]any{"tenant_id": "t1", "extension_id": "e", "content_hash": "nonsense"}}))
	assert.Empty(t, failed.Calls, "a run that failed early is told, too")
	assert.NotEmpty(t, failed.Steps)
}

func TestTrace_of_an_answer_that_was_remembered_says_so(t *testing.T) {
	b := newBench(t, "hosts")
	first := b.traced(t, body("/logging/log-info"), "X-Idempotency-Key", "once")
	assert.False(t, first.Repeated)
	again := b.traced(t, body("/logging/log-info"), "X-Idempotency-Key", "once")
	assert.True(t, again.Repeated)
	assert.Equal(t, first.Lines, again.Lines)
}

func TestTrace_counts_among_what_is_remembered(t *testing.T) {
	journal := trace.NewJournal()
	long := strings.Repeat("x", 1000)
	for range 100 {
		journal.Call(time.Now(), trace.Call{Function: "http#fetch", Target: long, Reason: long})
		journal.Line("info", long)
	}
	assert.GreaterOrEqual(t, outcome{journal: journal}.size(), 300*len(long))
}
