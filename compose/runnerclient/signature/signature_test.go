package signature_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

var secret = []byte("shared secret")

// parts, and their signature as computed by createHmac of Node's crypto.
var parts = signature.Parts{
	Method: "post", Target: "/v1/exec/run?a=%2F", Timestamp: "1700000000000", Nonce: "n-1", Body: []byte(`{"a":1}`),
}

const known = "PNKKBiwvoSBhzwLzts9Qf3LnkqdZ8loUIT0QT9hkYSM="

func TestOf_is_what_another_implementation_computes(t *testing.T) {
	assert.Equal(t, known, signature.Of(secret, parts))
	assert.True(t, signature.Valid(secret, parts, known))
}

func TestValid_is_false_once_a_single_byte_differs(t *testing.T) {
	for name, change := range map[string]func(*signature.Parts){
		"method":    func(p *signature.Parts) { p.Method = "GET" },
		"path":      func(p *signature.Parts) { p.Target = "/v1/exec/ruN?a=%2F" },
		"query":     func(p *signature.Parts) { p.Target = "/v1/exec/run?a=%2f" },
		"timestamp": func(p *signature.Parts) { p.Timestamp += "0" },
		"nonce":     func(p *signature.Parts) { p.Nonce = "n-2" },
		"body":      func(p *signature.Parts) { p.Body = nil },
	} {
		p := parts
		change(&p)
		assert.False(t, signature.Valid(secret, p, known), name)
	}
	assert.False(t, signature.Valid([]byte("another"), parts, known))
	for _, wrong := range []string{"", "short", known[:20], known + "\n", known + "AAAA", strings.TrimRight(known, "="), "====", known[:4] + "\n" + known[4:]} {
		assert.False(t, signature.Valid(secret, parts, wrong), "%q", wrong)
	}
}

func TestBody_is_what_the_body_means(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", " null ": "", `"text"`: "text", `""`: "", `{ "b":1, "a":2 }`: `{"a":2,"b":1}`, "{}": "{}", "1.0": "1",
	} {
		got, err := signature.Body([]byte(raw))
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "%q", raw)
	}
	_, err := signature.Body([]byte("{"))
	assert.Error(t, err)
}

func TestSign_takes_another_nonce_each_time(t *testing.T) {
	first, second := http.Header{}, http.Header{}
	signature.Sign(first, secret, "GET", "/", nil)
	signature.Sign(second, secret, "GET", "/", nil)
	assert.NotEqual(t, first.Get(signature.HeaderNonce), second.Get(signature.HeaderNonce))
	assert.NotEqual(t, first.Get(signature.HeaderSignature), second.Get(signature.HeaderSignature))
}

// FuzzValid looks for a signature that passes and is not the one.
func FuzzValid(f *testing.F) {
	f.Add(known, "POST", "/v1/exec/run?a=%2F", "1700000000000", "n-1", []byte(`{"a":1}`))
	f.Add("", "", "", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, given, method, target, timestamp, nonce string, body []byte) {
		p := signature.Parts{Method: method, Target: target, Timestamp: timestamp, Nonce: nonce, Body: body}
		want := signature.Of(secret, p)
		require.Equal(t, given == want, signature.Valid(secret, p, given))
		require.True(t, signature.Valid(secret, p, want))
	})
}
