package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/trace"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// planted is found nowhere in what is kept.
const planted = "PLANTED-s3cret/+&\"<>"

// jwt is one that nobody knows.
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJQTEFOVEVEIn0.PLANTED_signature"

// bodyOf records a request's body of that type.
func bodyOf(t *testing.T, r *Redactor, contentType, text string) runnerstatus.Execute {
	t.Helper()
	e := runnerstatus.Execute{ID: "1", Request: runnerstatus.Request{Headers: map[string]string{"content-type": contentType}, Body: BodyOf([]byte(text))}}
	r.Execute(&e)
	return e
}

func TestRedact_bodies_by_the_names_of_their_fields(t *testing.T) {
	r := NewRedactor(nil, []string{"billing-id"})
	for _, c := range []struct{ kind, text, want string }{
		{"application/json", `{"user":"ada","password":"PLANTED"}`, `{"user":"ada","password":"[redacted]"}`},
		{"application/json", `{"a":[{"API_Key":"PLANTED"},{"refreshToken":{"v":"PLANTED"}}]}`, `{"a":[{"API_Key":"[redacted]"},{"refreshToken":"[redacted]"}]}`},
		{"application/json", `{"pin":12345,"otp":[1,2]}`, `{"pin":"[redacted]","otp":"[redacted]"}`},
		{"application/json", `{"token":"PLANTED","token":null}`, `{"token":"[redacted]","token":null}`},
		{"application/json", `{"a":{"secret":"PLANTED"},"a":1}`, `{"a":{"secret":"[redacted]"},"a":1}`},
		{"application/json", `{"billing_id":"PLANTED"}`, `{"billing_id":"[redacted]"}`},
		{"application/json", `{"note":"{\"password\":\"PLANTED\"}"}`, `{"note":"{\"password\":[redacted]}"}`},
		{"application/json", `{"see":"https://ada:PLANTED@example.com/x"}`, `{"see":"https://[redacted]@example.com/x"}`},
		{"text/plain", `{"password":"PLANTED"}`, `{"password":"[redacted]"}`},
		{"application/x-www-form-urlencoded", "user=ada&pass%77ord=PLANTED", "user=ada&pass%77ord=%5Bredacted%5D"},
		{"application/x-ndjson", "{\"password\":\"PLANTED\"}\n{\"a\":1}", "{\"password\":[redacted]}\n{\"a\":1}"},
		{"application/xml", "<login><password>PLANTED</password></login>", "<login><password>[redacted]</password></login>"},
		{"text/plain", "Authorization: Basic PLANTED==\nCookie: a=PLANTED; b=PLANTED\nok", "Authorization: [redacted]\nCookie: [redacted]\nok"},
		{"text/plain", "-----BEGIN RSA PRIVATE KEY-----\nPLANTED", "[redacted]"},
	} {
		e := bodyOf(t, r, c.kind, c.text)
		assert.Equal(t, c.want, e.Request.Body.Text, c.text)
		assert.NotEmpty(t, e.Redacted, c.text)
	}
}

func TestRedact_leaves_what_is_no_secret_byte_by_byte(t *testing.T) {
	for kind, text := range map[string]string{
		"application/json":                  "{ \"name\" : \"Ada\",\n \"big\": 12345678901234567890, \"tokens\": false, \"author\": \"x\" }",
		"application/x-www-form-urlencoded": "a=1&b=%41&c",
		"text/plain":                        "the basic idea of a session: none",
	} {
		e := bodyOf(t, NewRedactor([]string{"abc"}, nil), kind, text)
		assert.Equal(t, text, e.Request.Body.Text)
		assert.Empty(t, e.Redacted)
	}
}

func TestRedact_known_values_in_every_way_they_are_written(t *testing.T) {
	r := NewRedactor([]string{planted}, nil)
	quoted, err := json.Marshal(planted)
	require.NoError(t, err)
	for _, text := range []string{
		planted, "x" + planted + "y", "PLANTED-s3cret%2F%2B%26%22%3C%3E", "PLANTED-s3cret%2f%2b%26%22%3c%3e", `{"a":"PLANTED-s3cret/+&\"<>"}`[5:], url.QueryEscape(planted), url.PathEscape(planted), string(quoted),
		base64.StdEncoding.EncodeToString([]byte(planted)), base64.StdEncoding.EncodeToString([]byte("u:" + planted)),
		base64.URLEncoding.EncodeToString([]byte("ab" + planted + "cd")), base64.RawStdEncoding.EncodeToString([]byte("abc" + planted)),
	} {
		got := r.clean(text)
		assert.Contains(t, got, Blank, text)
		assert.Less(t, len(strings.ReplaceAll(got, Blank, "")), 10, "%s leaves %s", text, got)
	}
}

func TestRedact_blanks_what_is_blanked_everywhere_else(t *testing.T) {
	r := NewRedactor([]string{"-----BEGIN KEY-----\nTUlJRXZRSUJBREFOQmdrcQ\n-----END KEY-----\n"}, nil)
	assert.Equal(t, "line 2 is "+Blank, r.Text("line 2 is TUlJRXZRSUJBREFOQmdrcQ"))
}

func TestRedact_looks_into_every_part_of_a_record(t *testing.T) {
	r := NewRedactor([]string{"PLANTED-value"}, nil)
	e := runnerstatus.Execute{
		Request: runnerstatus.Request{
			Path: "/x/PLANTED-value/" + jwt, Query: map[string]string{"token": "PLANTED", "q": jwt, "PLANTED-value": "", "kept": "yes"},
			Headers: map[string]string{"authorization": "Bearer PLANTED", "cookie": "a=PLANTED", "user-agent": "x PLANTED-value", "accept": "*/*"},
		},
		Answer: runnerstatus.Answer{
			Status: 200, Headers: map[string]string{"Set-Cookie": "PLANTED", "x-ext-token": "PLANTED", "etag": "kept"},
			Body: AnswerBodyOf([]byte(`{"access_token":"PLANTED","plain":"PLANTED-value"}`)), Error: "execute_failed: Error: password=PLANTED",
		},
		Trace: &trace.Trace{
			Calls: []trace.Call{{Function: "http#fetch", Target: "GET https://x/PLANTED-value", Reason: jwt}},
			Lines: []trace.Line{{Text: "got PLANTED-value"}, {Text: "token: PLANTED"}},
		},
	}
	r.Execute(&e)
	text, err := json.Marshal(e)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "PLANTED")
	assert.Equal(t, "yes", e.Request.Query["kept"])
	assert.Equal(t, "kept", e.Answer.Headers["etag"])
	assert.Empty(t, e.Answer.Body.SHA256, "a hash would tell what was blanked")
	assert.Contains(t, e.Redacted, "request.query.token")
	assert.Contains(t, e.Redacted, "answer.body.access_token")
}

func TestRedact_leaves_out_what_it_cannot_look_through(t *testing.T) {
	for _, c := range []struct{ kind, text, left string }{
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nPLANTED\r\n--x--", "multipart"},
		{"application/octet-stream", "\xff\xfePLANTED", "binary"},
		{"text/plain", "P\x00LANTED", "binary"},
		{"application/json", strings.Repeat("x", longestBody+1), "too large"},
	} {
		e := bodyOf(t, NewRedactor(nil, nil), c.kind, c.text)
		assert.Equal(t, runnerstatus.Body{Bytes: len(c.text), Left: c.left}, *e.Request.Body)
	}
	packed := runnerstatus.Answer{Headers: map[string]string{"content-encoding": "gzip"}, Body: AnswerBodyOf([]byte("PLANTED"))}
	NewRedactor(nil, nil).Answer(&packed)
	assert.Equal(t, "encoded", packed.Body.Left)
	assert.NotEmpty(t, packed.Body.SHA256, "it can still be compared")
}

// FuzzRedact_json finds bodies that would not stay JSON.
func FuzzRedact_json(f *testing.F) {
	f.Add(`{"token":[1,{"a":"b"}],"x":["password=1"]}`)
	f.Add(`[{"secret":null}, 1e3, "\u2028", {"a":{"jwt":{}}}]`)
	r := NewRedactor([]string{"12345", "abcd\""}, nil)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		d := &redaction{Redactor: r}
		assert.True(t, json.Valid([]byte(d.json("body", text))), text)
	})
}

// What is left alone quickly must be what is left alone slowly.
func FuzzRedact_quickly_as_slowly(f *testing.F) {
	for _, text := range []string{
		`{"greeting":"Hello, Ada!","count":1,"recent":["Ada"]}`, `{"p-i-n":"1234"}`, `{"API key":1}`, `{"a":"BeArEr abcdefgh"}`, `{"n":1,"a":["x://u:p@h"]}`,
		`{"to\u006ben":"x"}`, `{"toKen":"x"}`, `"ghp_0123456789012345678901234"`, `{"known":"a-secret-of-mine"}`, `{"mine ":2}`, `[1234567,null]`, `{"x":"eyJabcdef.ghijkl.m"}`,
	} {
		f.Add(text)
	}
	r := NewRedactor([]string{"a-secret-of-mine", "1234567"}, []string{"mine"})
	f.Fuzz(func(t *testing.T, text string) {
		if !mayHint(text) {
			lower := strings.ToLower(text)
			for _, l := range looks {
				require.False(t, l.hinted(lower), "%q", text)
				require.Equal(t, text, l.pattern().ReplaceAllString(text, l.by))
			}
		}
		if !json.Valid([]byte(text)) || !r.harmless(text) {
			return
		}
		d := &redaction{Redactor: r}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		d.value(decoder, new(bytes.Buffer), "")
		require.Empty(t, d.at, "%q", text)
	})
}
