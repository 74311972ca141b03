package backend

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWarm_waits_longer_for_a_compilation_than_a_request_may(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			<-r.Context().Done()
			return
		}
		select {
		case <-time.After(20 * time.Millisecond): // a compilation
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	base, err := url.Parse(slow.URL)
	require.NoError(t, err)
	b := New(Config{Name: "slow", Kind: Docker, BaseURL: base, FirstByteTimeout: time.Millisecond})
	defer b.Close()
	require.Error(t, b.Probe(t.Context()))
	require.NoError(t, b.Warm(t.Context(), Content{Tenant: "t", Extension: "acme.x", Hash: "sha256:00", Handler: true}))

	var late *RequestError
	require.ErrorAs(t, b.Warm(t.Context(), Content{Tenant: "t", Extension: "acme.x", Hash: "sha256:00", UI: true}), &late, "nothing is compiled for a page")
	require.True(t, late.Timeout())
}
