package caddymodule

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestAlga14_the_docker_host_goes_before_the_base_URL_and_gets_the_token(t *testing.T) {
	runner, _ := executor(t, fixed(backend.ExecuteResponse{Status: 200, Body: []byte("docker")}))
	tokens := make(chan string, 1)
	docker := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		tokens <- r.Header.Get("X-Runner-Service-Token")
		runner.Config.Handler.ServeHTTP(w, r)
	})
	t.Setenv(EnvBackend, "Docker")
	t.Setenv(EnvDockerHost, docker.URL)
	t.Setenv(EnvBaseURL, refusing(t))
	t.Setenv(EnvToken, "token-14")
	s := serve(t, "extension "+extensionFolder(t, nil), "runner")
	a := s.do(s.request(http.MethodPost, "/api/ext/acme.hello/items", nil))
	assert.Equal(t, 200, a.status, a.body)
	assert.Equal(t, "docker", a.body)
	assert.Equal(t, "token-14", <-tokens)
	assert.NotContains(t, s.get("/health").body, "token-14")
}

func TestEnvironment_goes_over_the_Caddyfile(t *testing.T) {
	for name, c := range map[string]struct {
		env             map[string]string
		global          string
		selected, kind  string
		address, public string
	}{
		"nothing said":            {nil, "", "embedded", "embedded", "", ""},
		"the file":                {nil, "backend a http://a\ndefault a", "a", "url", "http://a", ""},
		"a URL in the file":       {nil, "default http://b:1", "url", "url", "http://b:1", ""},
		"a URL in the variable":   {map[string]string{EnvBackend: "http://c:2"}, "backend a http://a\ndefault a", "url", "url", "http://c:2", ""},
		"the variable":            {map[string]string{EnvBackend: " EMBEDDED "}, "backend a http://a\ndefault a", "embedded", "embedded", "", ""},
		"knative by its base URL": {map[string]string{EnvBackend: "knative", EnvBaseURL: "http://k"}, "", "knative", "knative", "http://k", ""},
		"docker by the base URL":  {map[string]string{EnvBackend: "docker", EnvBaseURL: "http://k"}, "", "docker", "url", "http://k", ""},
		"docker by its host":      {map[string]string{EnvBackend: "docker", EnvBaseURL: "http://k", EnvDockerHost: "http://d"}, "backend docker {\ncompose\n}", "docker", "url", "http://d", ""},
		"a public base":           {map[string]string{EnvPublicBase: "https://ext.example/runner/"}, "public_base /other", "embedded", "embedded", "", "https://ext.example/runner"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range c.env {
				t.Setenv(variable, value)
			}
			s := serve(t, c.global, "runner")
			_ = s.get("/health")
			current := live.Load().Selector().Current()
			assert.Equal(t, c.selected, current.Name())
			assert.Equal(t, c.kind, string(current.Config().Kind))
			if c.address != "" {
				assert.Equal(t, c.address, current.Config().BaseURL.String())
			}
			assert.Equal(t, c.public, live.Load().Settings().PublicBase)
		})
	}
}

func TestEnvironment_that_cannot_be_meant_keeps_caddy_from_starting(t *testing.T) {
	s := serve(t, "", "runner")
	for variable, c := range map[string]struct{ value, says string }{
		EnvBackend:               {"embeded", `default backend "embeded" is not defined; did you mean "embedded"?`},
		EnvDockerHost:            {"localhost:8085", `RUNNER_DOCKER_HOST: "localhost:8085" is no base URL`},
		EnvBaseURL:               {"ftp://x", "RUNNER_BASE_URL:"},
		EnvTimeout:               {"soon", `EXT_GATEWAY_TIMEOUT_MS is "soon": give whole milliseconds`},
		"DOCKER_RUNNER_OPTIONAL": {"perhaps", `DOCKER_RUNNER_OPTIONAL: "perhaps" is neither true`},
		"DOCKER_RUNNER_CONNECT_RETRY_MAX_DELAY_MS": {"0", "DOCKER_RUNNER_CONNECT_RETRY_MAX_DELAY_MS is"},
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, c.value)
			assert.ErrorContains(t, s.tryLoad("", "runner"), c.says)
		})
	}
	t.Setenv(EnvTimeout, "1500")
	s.load("timeout 9s", "runner")
	assert.Equal(t, 1500*time.Millisecond, live.Load().Settings().GatewayTimeout)
}

func TestExplain_says_the_value_and_who_said_it(t *testing.T) {
	config := json.RawMessage(`{"default":"a","backends":{"a":{"url":"http://u:hush@a"},"docker":{"compose":{}},"knative":{"knative":{"service":"ns/runner"}}},
		"hold":2000000000,"monitor":{"max_retries":0,"probe_interval":7000000000}}`)
	env := map[string]string{EnvBackend: "docker", EnvDockerHost: "http://d:1", EnvToken: "hush", "DOCKER_RUNNER_OPTIONAL": "no"}
	list, err := Explain(config, Origins{File: "Caddyfile", Flags: map[string]string{EnvBackend: "--backend"}}, func(name string) string { return env[name] })
	require.NoError(t, err)
	got := map[string]string{}
	for _, s := range list {
		got[s.Key] = s.Value + " from " + s.Origin
		assert.NotContains(t, s.Value, "hush")
	}
	for key, want := range map[string]string{
		"default":                  "docker from --backend",
		"backend.a":                "http://u:xxxxx@a from Caddyfile",
		"backend.docker":           "http://d:1 from RUNNER_DOCKER_HOST",
		"backend.knative":          "Knative service ns/runner from Caddyfile",
		"service_token":            "(set) from RUNNER_SERVICE_TOKEN",
		"timeout":                  "30s from default",
		"hold":                     "2s from Caddyfile",
		"public_base":              "/runner from default",
		"monitor.optional":         "false from DOCKER_RUNNER_OPTIONAL",
		"monitor.max_retries":      "0 from Caddyfile",
		"monitor.probe_interval":   "7s from Caddyfile",
		"monitor.retry_max_delay":  "30s from default",
		"monitor.retry_base_delay": "500ms from default",
	} {
		assert.Equal(t, want, got[key], key)
	}
	_, err = Explain(config, Origins{}, func(name string) string { return map[string]string{EnvBackend: "dokcer"}[name] })
	assert.ErrorContains(t, err, `did you mean "docker"?`)
}
