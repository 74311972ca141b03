package runner

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
)

func TestAlga01_without_routing_headers_the_envelope_says_so(t *testing.T) {
	b := newBench(t, "")
	for _, headers := range [][]string{
		{}, {"X-Alga-Extension", testExtension}, {"X-Alga-Tenant", testTenant}, {"X-Alga-Tenant", "", "X-Alga-Extension", testExtension},
	} {
		got := send(t, b.Server, http.MethodPost, "/v1/execute", body("/"), append(headers, "Content-Type", "application/json")...)
		e := got.envelope(t)
		e.assertFailed(t, 400, "missing_routing_headers")
		assert.Equal(t, "missing_routing_headers", *e.Error)
	}
}

func TestAlga02_unknown_providers_are_listed(t *testing.T) {
	b := newBench(t, "limits")
	e := b.execute(t, body("/echo", map[string]any{"providers": []string{"cap:teleport", " CAP:Log.emit ", "storage.kv"}}))
	e.assertFailed(t, 400, "unknown_capabilities: cap:teleport, storage.kv")
}

func TestAlga03_a_repeated_idempotency_key_gives_the_stored_envelope_without_a_call(t *testing.T) {
	b := newBench(t, "hosts")
	first := b.execute(t, body("/logging/log-info"), "X-Idempotency-Key", "once")
	require.Nil(t, first.Error)
	assert.Equal(t, 1, strings.Count(b.log.String(), "an info line"))
	opened := b.source.opens.Load()

	again := b.execute(t, body("/storage/get"), "X-Idempotency-Key", "once")
	assert.Equal(t, first, again)
	assert.Equal(t, 1, strings.Count(b.log.String(), "an info line"), "the guest was not called")
	assert.Equal(t, opened, b.source.opens.Load())

	other := b.execute(t, body("/logging/log-info"), "X-Idempotency-Key", "twice")
	assert.Equal(t, first.Status, other.Status)
	assert.Equal(t, 2, strings.Count(b.log.String(), "an info line"))
}

func TestExecute_concurrent_duplicates_share_one_run(t *testing.T) {
	b := newBench(t, "hosts")
	replies := make(chan reply, 8)
	for range 8 {
		go func() { replies <- b.post(t, body("/logging/log-info"), "X-Idempotency-Key", "same") }()
	}
	first := (<-replies).envelope(t)
	for range 7 {
		assert.Equal(t, first, (<-replies).envelope(t))
	}
	assert.Equal(t, 1, strings.Count(b.log.String(), "an info line"))
}

func TestAlga13_a_guest_beyond_its_timeout_is_interrupted(t *testing.T) {
	b := newBench(t, "limits")
	require.NoError(t, b.runner.Warm(t.Context(), Ref{Extension: testExtension, Hash: testHash}))
	e := b.execute(t, body("/loop", map[string]any{"limits": map[string]any{"timeout_ms": 100}}))
	e.assertFailed(t, 500, "execute_failed: timed out after 100ms")

	assert.Equal(t, uint16(200), b.execute(t, body("/echo")).Status, "the runner goes on")
}

func TestExecute_the_default_timeout_applies_when_none_is_named(t *testing.T) {
	b := newBench(t, "limits", func(cfg *Config) { cfg.DefaultTimeout = 50 * time.Millisecond })
	require.NoError(t, b.runner.Warm(t.Context(), Ref{Extension: testExtension, Hash: testHash}))
	for _, limits := range []map[string]any{{}, {"timeout_ms": nil, "memory_mb": nil, "fuel": 7}} {
		b.execute(t, body("/loop", map[string]any{"limits": limits})).assertFailed(t, 500, "execute_failed: timed out after 50ms")
	}
}

func TestExecute_a_guest_beyond_its_memory_is_ended(t *testing.T) {
	b := newBench(t, "limits")
	e := b.execute(t, body("/alloc", map[string]any{"limits": map[string]any{"memory_mb": 64, "timeout_ms": 20000}}))
	e.assertFailed(t, 500, "execute_failed: ")
	assert.NotContains(t, *e.Error, "timed out")
}

func TestExecute_a_throw_is_an_envelope_failure(t *testing.T) {
	b := newBench(t, "limits")
	b.execute(t, body("/throw")).assertFailed(t, 500, "execute_failed: ")
}

func TestExecute_a_denial_that_the_handler_does_not_catch_is_named_in_the_answer(t *testing.T) {
	b := newBench(t, "newer")
	e := b.execute(t, body("/"))
	e.assertFailed(t, 500, "execute_failed: secrets#get was denied: cap:secrets.get is not declared; add it to the capabilities in manifest.json; the handler did not cope with that: ")
	assert.Contains(t, *e.Error, "uncaught exception")

	declared := b.execute(t, body("/", map[string]any{"providers": []string{"cap:secrets.get"}}))
	declared.assertFailed(t, 500, "uncaught exception")
	assert.NotContains(t, *declared.Error, "denied", "there is no such secret, and that is no denial")
}

func TestExecute_a_denial_is_not_blamed_for_another_end(t *testing.T) {
	denied := []string{"storage#put was denied: x"}
	late := &guest.TrapError{Kind: guest.TrapTimeout, Message: "timed out after 1s"}
	assert.Equal(t, error(late), withDenials(late, denied))
	thrown := &guest.TrapError{Kind: guest.TrapGuest, Message: "thrown"}
	assert.Equal(t, error(thrown), withDenials(thrown, nil))
	require.ErrorIs(t, withDenials(thrown, denied), thrown)
}

func TestExecute_passes_the_request_and_gives_the_response(t *testing.T) {
	b := newBench(t, "limits")
	for name, want := range map[string][]byte{"text": []byte("grüße"), "bytes": {0, 255, 10}, "empty": {}} {
		request := map[string]any{"method": "POST", "path": "/echo", "query": map[string]string{"a": "1"}, "body_b64": base64.StdEncoding.EncodeToString(want)}
		got := b.post(t, body("", map[string]any{"http": request}))
		e := got.envelope(t)
		require.Nil(t, e.Error, name)
		assert.Equal(t, uint16(200), e.Status, name)
		assert.Equal(t, want, e.Body, name)
		assert.Equal(t, map[string]string{"content-type": "text/plain; charset=utf-8"}, e.Headers, name)
		assert.Regexp(t, `^guest;dur=\d+\.\d\d$`, got.Header.Get("Server-Timing"), name)
	}
	nothing := b.post(t, body("/nothing"))
	assert.Contains(t, nothing.body, `"body_b64":null`)
	assert.Contains(t, nothing.body, `"error":null`)
}

// seen is what the `hosts` component tells about its request and calls.

type seen struct {
	Request struct {
		Context map[string]any
		HTTP    struct {
			Method, URL string
			Headers     []struct{ Name, Value string }
			Body        *string
		}
	}
	Results map[string]json.RawMessage
}

func (b *bench) see(t *testing.T, path string, edits ...map[string]any) seen {
	t.Helper()
	e := b.execute(t, body(path, edits...))
	require.Nil(t, e.Error, "%v", e.Error)
	var s seen
	require.NoError(t, json.Unmarshal(e.Body, &s), string(e.Body))
	return s
}

func TestExecute_the_guest_sees_context_url_and_headers(t *testing.T) {
	b := newBench(t, "hosts")
	s := b.see(t, "", map[string]any{"http": map[string]any{
		"method": "PUT", "path": "/context/get-context", "query": map[string]string{"q": "a b", "z": "ü"},
		"headers": map[string]string{"x-b": "2", "accept": "text/plain"},
	}})
	assert.Equal(t, "PUT", s.Request.HTTP.Method)
	assert.Equal(t, "/context/get-context?q=a+b&z=%C3%BC", s.Request.HTTP.URL)
	assert.Equal(t, []struct{ Name, Value string }{{"accept", "text/plain"}, {"x-b", "2"}}, s.Request.HTTP.Headers)
	assert.Nil(t, s.Request.HTTP.Body)
	assert.Equal(t, testTenant, s.Request.Context["tenantId"])
	assert.JSONEq(t, `{"ok":{"tenantId":"t1","extensionId":"acme.hello","installId":"i1"}}`, string(s.Results["context#get-context"]))
}

func TestExecute_capabilities_are_granted_by_providers(t *testing.T) {
	b := newBench(t, "hosts")
	denied := b.see(t, "/secrets/get")
	assert.JSONEq(t, `{"error":"denied"}`, string(denied.Results["secrets#get"]))

	secrets := map[string]any{"ciphertext_b64": sealed(`{"api_key":"k-123"}`)}
	granted := b.see(t, "/secrets/get", map[string]any{"providers": []string{" Cap:Secrets.Get"}, "secret_envelope": secrets})
	assert.JSONEq(t, `{"ok":"k-123"}`, string(granted.Results["secrets#get"]))
	assert.NotContains(t, b.log.String(), "k-123")
}

func TestExecute_the_user_reaches_the_guest(t *testing.T) {
	b := newBench(t, "hosts")
	none := b.see(t, "/user/get-user")
	assert.JSONEq(t, `{"error":"not-available"}`, string(none.Results["user#get-user"]))
	s := b.see(t, "/user-v2/get-user", map[string]any{"user": map[string]any{
		"user_id": "u1", "user_email": "u@example.com", "user_name": "U", "user_type": "internal", "company_name": "Acme",
	}})
	assert.Contains(t, string(s.Results["user-v2#get-user"]), `"clientName":"Acme"`)
}

func TestExecute_secrets_that_cannot_be_opened_fail_it(t *testing.T) {
	b := newBench(t, "limits")
	for _, envelope := range []map[string]any{
		{"ciphertext_b64": "vault:v1:hunter2", "algorithm": "vault-transit"},
		{"ciphertext_b64": sealed(`{"k":"hunter2"}`), "expires_at": "2001-01-01T00:00:00Z"},
		{"ciphertext_b64": sealed(`hunter2`)},
	} {
		e := b.execute(t, body("/echo", map[string]any{"secret_envelope": envelope}))
		e.assertFailed(t, 500, "secret_decrypt_failed")
		assert.Equal(t, "secret_decrypt_failed", *e.Error)
	}
	assert.Contains(t, b.log.String(), "Vault")
	assert.NotContains(t, b.log.String(), "hunter2")
}

func TestExecute_content_that_cannot_be_had_is_a_fetch_failure(t *testing.T) {
	b := newBench(t, "")
	noHandler := b.execute(t, body("/echo"))
	noHandler.assertFailed(t, 502, "bundle_fetch_failed: extension acme.hello has no server handler")
	assert.Contains(t, *noHandler.Error, b.source.dir, "it says where to build")

	unknown := b.execute(t, body("/echo"), "X-Alga-Extension", "acme.other")
	unknown.assertFailed(t, 502, "bundle_fetch_failed: ")
	context := map[string]any{"tenant_id": "t1", "extension_id": "e", "content_hash": "sha1:xx"}
	b.execute(t, body("/echo", map[string]any{"context": context})).assertFailed(t, 502, "bundle_fetch_failed: invalid content hash")
}

func TestExecute_the_prefix_of_the_content_hash_is_optional(t *testing.T) {
	b := newBench(t, "limits")
	context := map[string]any{"tenant_id": "t1", "extension_id": "e", "content_hash": strings.TrimPrefix(testHash, hashPrefix)}
	assert.Equal(t, uint16(200), b.execute(t, body("/echo", map[string]any{"context": context})).Status)
}

func TestExecute_a_file_that_is_no_component_says_what_it_is(t *testing.T) {
	b := newBench(t, "")
	b.source.install(t, []byte("\x00asm\x01\x00\x00\x00"))
	b.execute(t, body("/echo")).assertFailed(t, 500, "execute_failed: loading dist/main.wasm: unsupported component: ")
}

func TestExecute_without_engine_or_sources_says_so(t *testing.T) {
	b := newBench(t, "", func(cfg *Config) { cfg.Engine = nil })
	b.execute(t, body("/echo")).assertFailed(t, 500, "engine_init_failed: ")
	b = newBench(t, "", func(cfg *Config) { cfg.Sources = nil })
	b.execute(t, body("/echo")).assertFailed(t, 500, "engine_init_failed: ")
	_, err := New(Config{Engine: b.runner.cfg.Engine})
	require.ErrorContains(t, err, "Config.Platform")
}

func TestExecute_a_rebuilt_handler_answers_the_next_request(t *testing.T) {
	b := newBench(t, "limits")
	require.Equal(t, uint16(404), b.execute(t, body("/logging/log-info")).Status)
	b.source.install(t, guesttest.Component(t, "hosts"))
	require.Equal(t, uint16(200), b.execute(t, body("/logging/log-info")).Status)
}

func TestWarmup_compiles_what_is_known(t *testing.T) {
	b := newBench(t, "limits")
	warm := func(body string) reply {
		return send(t, b.Server, http.MethodPost, "/warmup", body, "Content-Type", "application/json")
	}
	ready := warm(fmt.Sprintf(`{"content_hash":%q,"tenant_id":"t1","extension_id":%q}`, testHash, testExtension))
	assert.Equal(t, http.StatusNoContent, ready.StatusCode, ready.body)
	assert.Equal(t, noStore, ready.Header.Get("Cache-Control"))
	for body, code := range map[string]string{
		fmt.Sprintf(`{"content_hash":%q}`, testHash):                             "extension_id_missing",
		fmt.Sprintf(`{"content_hash":%q,"extension_id":"acme.other"}`, testHash): "extension_not_installed",
		`{"content_hash":"nonsense","extension_id":"acme.hello"}`:                "invalid_content_hash",
		`nonsense`: "invalid_json",
	} {
		got := warm(body)
		assert.Equal(t, http.StatusBadRequest, got.StatusCode, body)
		assert.Equal(t, code, got.code(t), body)
	}
	require.NoError(t, os.Remove(filepath.Join(b.source.dir, handlerFile)))
	got := warm(fmt.Sprintf(`{"content_hash":%q,"extension_id":%q}`, testHash, testExtension))
	assert.Equal(t, "warmup_failed", got.code(t))
	assert.Contains(t, got.body, "has no server handler")
}

func TestExecute_of_a_published_bundle(t *testing.T) {
	archive := pack(t, "manifest.json", "{}", "ui/index.html", "x", handlerFile, string(guesttest.Component(t, "limits")))
	objects := newStore(t)
	hash := hashOf(archive)
	objects.put(hash, archive)
	b := newBench(t, "limits", func(cfg *Config) { cfg.Sources = append(cfg.Sources, objects.source(t)) })
	context := map[string]any{"tenant_id": "t1", "extension_id": testExtension, "content_hash": hash}
	for range 2 {
		e := b.execute(t, body("/json", map[string]any{"context": context}))
		require.Nil(t, e.Error, "%v", e.Error)
		assert.Greater(t, len(e.Body), 10_000)
	}
	assert.EqualValues(t, 1, objects.gets.Load())
}

func TestExecute_offers_the_manifests_endpoints_to_the_scheduler(t *testing.T) {
	b := newBench(t, "hosts")
	b.source.write(t, "manifest.json", `{"api":{"endpoints":[{"method":"POST","path":"/nightly","handler":"dist/main"}]}}`)
	s := b.see(t, "/scheduler/get-endpoints", map[string]any{"providers": []string{"cap:scheduler.manage"}})
	assert.JSONEq(t, `{"ok":[{"id":"POST /nightly","method":"POST","path":"/nightly","handler":"dist/main","schedulable":true}]}`,
		string(s.Results["scheduler#get-endpoints"]))
}

// broken is an engine whose programs all end with the error.
