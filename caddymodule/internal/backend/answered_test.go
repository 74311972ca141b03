package backend

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBackend_tells_when_its_runner_last_answered(t *testing.T) {
	status := http.StatusBadGateway
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer server.Close()
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	b := New(Config{Name: "b", Kind: URL, BaseURL: base})
	defer b.Close()
	ask := func() {
		require.NoError(t, b.Serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x", nil), Options{}))
	}
	assert.Zero(t, b.Answered())
	ask()
	assert.Zero(t, b.Answered(), "a server error is what one that hangs may say")
	status = http.StatusNotFound
	before := time.Now()
	ask()
	assert.False(t, b.Answered().Before(before.Truncate(time.Microsecond)))
	first := b.Answered()
	status = http.StatusOK
	require.NoError(t, b.Probe(t.Context()))
	assert.True(t, b.Answered().After(first))
}
