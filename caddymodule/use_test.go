package caddymodule

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestUse_hands_over_to_a_backend_that_answers(t *testing.T) {
	s := swapServer(t, swapRunner(t, "a").URL, swapRunner(t, "b").URL)
	assert.Contains(t, s.get("/runner/x").body, "a ")
	w := askAdmin(t, http.MethodPost, "/runner/use?backend=b")
	assert.Equal(t, http.StatusOK, w.Code, w.Body)
	assert.Contains(t, w.Body.String(), `"selected":"b"`)
	assert.Contains(t, s.get("/runner/x").body, "b ")
}

func TestUse_never_hands_over_to_a_backend_that_fails_unless_it_is_forced(t *testing.T) {
	s := swapServer(t, swapRunner(t, "a").URL, refusing(t))
	w := askAdmin(t, http.MethodPost, "/runner/use?backend=b")
	assert.Equal(t, http.StatusConflict, w.Code)
	assert.Contains(t, w.Body.String(), `"code":"connection_refused"`)
	assert.Contains(t, s.get("/runner/x").body, "a ", "the one before goes on")
	w = askAdmin(t, http.MethodPost, "/runner/use?backend=b&force=1")
	assert.Equal(t, http.StatusOK, w.Code, w.Body)
	assert.Equal(t, "runner_unreachable", s.get("/runner/x").code(t))
}

func TestUse_refuses_what_it_cannot_mean(t *testing.T) {
	swapServer(t, swapRunner(t, "a").URL, swapRunner(t, "b").URL)
	for query, want := range map[string]struct {
		status int
		says   string
	}{
		"backend=embeded":              {404, `did you mean \"embedded\"?`},
		"backend=elsewhere":            {404, "there are a, b, embedded"},
		"":                             {404, "unknown backend"},
		"backend=b&percent=100":        {400, "a number from 1 to 99"},
		"backend=b&wait=perhaps":       {400, "neither true"},
		"backend=b&percent=5&stop_old": {400, ""},
	} {
		w := askAdmin(t, http.MethodPost, "/runner/use?"+query)
		assert.Equal(t, want.status, w.Code, query)
		assert.Contains(t, w.Body.String(), want.says)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, askAdmin(t, http.MethodGet, "/runner/use?backend=b").Code)
	assert.Equal(t, "a", live.Load().Selector().Current().Name())
}

func TestUse_shares_browsers_out_and_each_stays_with_its_side(t *testing.T) {
	s := swapServer(t, swapRunner(t, "a").URL, swapRunner(t, "b").URL)
	w := askAdmin(t, http.MethodPost, "/runner/use?backend=b&percent=50&header=X-Try=new&cookie=beta")
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	assert.Contains(t, w.Body.String(), `"share":{"percent":50,"header":"X-Try=new","cookie":"beta"}`)
	sides := map[string]int{}
	for range 60 {
		first := s.get("/runner/x")
		cookie, _, _ := strings.Cut(first.header.Get("Set-Cookie"), ";")
		require.NotEmpty(t, cookie, "a browser gets a number")
		side := first.body[:1]
		sides[side]++
		for range 3 {
			req := s.request(http.MethodGet, "/runner/x", nil)
			req.Header.Set("Cookie", cookie)
			again := s.do(req)
			assert.Equal(t, side, again.body[:1], "and keeps its side")
			assert.Empty(t, again.header.Get("Set-Cookie"))
		}
	}
	assert.Greater(t, sides["a"], 10, "%v", sides)
	assert.Greater(t, sides["b"], 10, "%v", sides)
	for header, value := range map[string]string{"X-Try": "new", "Cookie": "beta=1; __runner_share=99"} {
		req := s.request(http.MethodGet, "/runner/x", nil)
		req.Header.Set(header, value)
		assert.Contains(t, s.do(req).body, "b ", header)
	}
	req := s.request(http.MethodGet, "/runner/x", nil)
	req.Header.Set("X-Try", "old")
	req.Header.Set("Cookie", "__runner_share=99")
	assert.Contains(t, s.do(req).body, "a ")

	require.Equal(t, http.StatusOK, askAdmin(t, http.MethodPost, "/runner/use?backend=a").Code)
	req.Header.Set("Cookie", "__runner_share=0")
	a := s.do(req)
	assert.Contains(t, a.body, "a ", "a whole swap ends the share")
}

func TestUse_reaches_a_service_behind_an_ingress_by_its_own_name_and_authority(t *testing.T) {
	server, ca := ingress(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Host + r.URL.Path)) }))
	s := serve(t, lines("backend knative "+server.URL+" {\nhost "+ingressName+"\nca "+ca+"\n}", "backend untrusted "+server.URL+" {\nhost "+ingressName+"\n}"), swapSite)
	w := askAdmin(t, http.MethodPost, "/runner/use?backend=untrusted")
	assert.Contains(t, w.Body.String(), `"code":"tls_failed"`)
	w = askAdmin(t, http.MethodPost, "/runner/use?backend=knative")
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	a := s.get("/runner/x")
	assert.Equal(t, ingressName+"/x", a.body)
	assert.Equal(t, "HTTP/2.0", a.header.Get("X-Proto"))
	current := live.Load().Selector().Current()
	assert.Equal(t, backend.Knative, current.Config().Kind)
	require.Eventually(t, func() bool { return strings.Contains(s.get("/health").body, `"status":"up","backend":"knative"`) }, waitLong, waitStep)
}

func TestEmulate_lets_the_embedded_runner_start_cold_and_says_so(t *testing.T) {
	s := serve(t, "emulate knative {\ncold_start 60ms\nscale_down_after 1h\n}", "runner")
	cold := s.get("/runner/healthz")
	assert.Equal(t, 200, cold.status)
	assert.Regexp(t, `^cold;dur=\d+\.\d;desc="emulated cold start"$`, cold.header.Get("Server-Timing"))
	assert.Empty(t, s.get("/runner/healthz").header.Get("Server-Timing"))
	status := live.Load().Snapshot("").Backends[0]
	assert.True(t, status.Emulated)
	require.NotNil(t, status.ColdStarts)
	assert.Equal(t, 1, status.ColdStarts.Count)
	assert.GreaterOrEqual(t, status.ColdStarts.LastMS, int64(50))
	assert.Equal(t, "up", status.Status, "slow is not down")
}
