package livereload

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// grantOf is what a page makes of its token, as its script does.
func grantOf(token string) string {
	sum := sha256.Sum256([]byte("carry " + token))
	return base64.RawURLEncoding.EncodeToString(sum[:20])
}

// opened is what a page with token finds in bytes; nil when they are not for it.
func opened(t *testing.T, token string, bytes []byte) []byte {
	t.Helper()
	key := sha256.Sum256([]byte("seal " + token))
	block, err := aes.NewCipher(key[:])
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	plain, err := aead.Open(nil, bytes[:aead.NonceSize()], bytes[aead.NonceSize():], nil)
	if err != nil {
		return nil
	}
	return plain
}

func TestTokens_of_one_extension_open_nothing_of_another(t *testing.T) {
	l := testLive(t)
	mine, other := l.tokens.page(extension), l.tokens.page(neighbour)
	assert.NotEqual(t, mine, other)
	assert.NotEqual(t, mine, newTokens().page(extension), "of another process")
	for name, query := range map[string]url.Values{
		"its own token":             {"ext": {neighbour}, "t": {mine}},
		"two extensions":            {"ext": {neighbour, extension}, "t": {mine}},
		"the other's grant":         {"ext": {neighbour}, "t": {grantOf(other)}},
		"a grant of its own token":  {"ext": {extension}, "t": {mine}, "also": {grantOf(mine) + "~" + neighbour}},
		"its token for a grant":     {"ext": {extension}, "t": {mine}, "also": {mine + "~" + neighbour}},
		"no grant":                  {"ext": {extension}, "t": {mine}, "also": {neighbour}},
		"one good grant, one not":   {"ext": {extension}, "t": {mine}, "also": {grantOf(other) + "~" + neighbour, "x~acme.third"}},
		"what the frames have, all": {"ext": {neighbour}, "t": {l.tokens.frames()}},
	} {
		for _, request := range []string{"GET events", "GET state", "GET client.js", "POST console", "POST open"} {
			method, path, _ := strings.Cut(request, " ")
			if query.Has("also") && path != "events" {
				continue
			}
			got := serve(l, httptest.NewRequest(method, DefaultPrefix+path+"?"+query.Encode(), nil))
			assert.Equal(t, http.StatusForbidden, got.Code, "%s: %s", request, name)
			assert.Equal(t, "invalid_live_token", errorCode(t, got), "%s: %s", request, name)
		}
	}
}

func TestEvents_carry_another_extension_s_states_sealed_for_its_pages(t *testing.T) {
	var bus event.Bus
	l, err := New(Config{Bus: &bus, Folder: func(string) (string, bool) { return "", true }})
	require.NoError(t, err)
	run := l.Subscribe()
	var running sync.WaitGroup
	running.Go(func() { run(t.Context()) })
	t.Cleanup(func() { bus.Close(); running.Wait() })
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	mine, other := l.tokens.page(extension), l.tokens.page(neighbour)
	query := url.Values{"ext": {extension}, "t": {mine}, "also": {grantOf(other) + "~" + neighbour}}
	res, err := http.Get(server.URL + DefaultPrefix + "events?" + query.Encode())
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	require.Equal(t, http.StatusOK, res.StatusCode)
	lines := bufio.NewScanner(res.Body)
	first := map[string]bool{}
	for range 2 { // both stand at 0, so in any order
		name, data := nextEvent(t, lines)
		var of struct{ Extension string }
		require.NoError(t, json.Unmarshal(data, &of))
		first[name+" "+of.Extension] = true
	}
	assert.Equal(t, map[string]bool{"state " + extension: true, "sealed " + neighbour: true}, first)

	bus.Publish(event.BuildFailed{Extension: neighbour, Problems: []event.Problem{{Message: "secret of the neighbour"}}})
	name, data := nextEvent(t, lines)
	assert.Equal(t, "sealed", name)
	assert.NotContains(t, string(data), "secret")
	var got sealed
	require.NoError(t, json.Unmarshal(data, &got))
	assert.Equal(t, neighbour, got.Extension)
	assert.Contains(t, string(opened(t, other, got.Sealed)), "secret of the neighbour")
	for _, token := range []string{mine, l.tokens.frames(), grantOf(other)} {
		assert.Nil(t, opened(t, token, got.Sealed))
	}
}

func nextEvent(t *testing.T, lines *bufio.Scanner) (name string, data []byte) {
	t.Helper()
	for lines.Scan() {
		if text, is := strings.CutPrefix(lines.Text(), "event: "); is {
			name = text
		}
		if text, is := strings.CutPrefix(lines.Text(), "data: "); is {
			return name, []byte(text)
		}
	}
	require.FailNow(t, "the stream ended", lines.Err())
	return "", nil
}

func BenchmarkTag(b *testing.B) {
	l, err := New(Config{Bus: &event.Bus{}, Folder: func(string) (string, bool) { return "", true }})
	require.NoError(b, err)
	for b.Loop() {
		_ = l.tag(Page{Extension: extension, Build: "0123456789ab"}, "")
	}
}

func BenchmarkSealed(b *testing.B) {
	s := stream{own: extension, tokens: newTokens()}
	carried := newState(neighbour)
	require.NoError(b, carried.encode())
	for b.Loop() {
		_, _, err := s.told(*carried)
		require.NoError(b, err)
	}
}
