package standalone

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// values is an environment of these variables only.
func values(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestRead_without_variables_gives_the_defaults(t *testing.T) {
	s, err := Read(values(nil))
	require.NoError(t, err)
	s.ExtensionsDir = "" // depends on whether this machine has /extensions
	assert.Equal(t, Settings{
		Host: "0.0.0.0", Port: 8080, StateDir: "/var/lib/devproxy", CacheDir: "/var/lib/devproxy/bundles", Grace: 10 * time.Second,
	}, s)
	assert.Equal(t, "http://127.0.0.1:8080", s.BaseURL())
}

func TestRead_takes_every_variable(t *testing.T) {
	dir := t.TempDir()
	s, err := Read(values(map[string]string{
		"HOST": "::", "PORT": " 9000 ", "RUNNER_SERVICE_TOKEN": "token", "RUNNER_STATE_DIR": "/state",
		"RUNNER_EXTENSIONS_DIR": dir, "BUNDLE_STORE_BASE": "https://store.example/b", "ALGA_AUTH_KEY": "key",
		"EXT_CACHE_ROOT": "/cache", "EXT_CACHE_MAX_BYTES": "4096", "EXT_STATIC_MAX_FILE_BYTES": "1024", "EXT_UI_CONTENT_SECURITY_POLICY": "default-src 'self'",
		"EXT_UI_FRAME_ANCESTORS": "'self'", "EXT_EGRESS_ALLOWLIST": "a.example, ,b.example:81", "UI_PROXY_BASE_URL": "http://app:3000",
	}))
	require.NoError(t, err)
	assert.Equal(t, Settings{
		Host: "::", Port: 9000, ServiceToken: "token", StateDir: "/state", ExtensionsDir: dir,
		BundleStore: "https://store.example/b", BundleStoreKey: "key", CacheDir: "/cache", MaxCacheBytes: 4096, MaxAssetBytes: 1024,
		ContentSecurityPolicy: "default-src 'self'", FrameAncestors: "'self'",
		Egress: []string{"a.example", "b.example:81"}, UIProxyBase: "http://app:3000", Grace: 10 * time.Second,
	}, s)
	assert.Equal(t, "http://[::1]:9000", s.BaseURL())
}

func TestRead_names_every_wrong_variable_and_shows_no_token(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, c := range map[string]struct{ value, says string }{
		"PORT":                           {"70000", `"70000" is no port; write a number from 1 to 65535`},
		"RUNNER_SERVICE_TOKEN":           {"hidden\n", ""}, // a line break at the end is what files have
		"ALGA_AUTH_KEY":                  {"hid\nden", "control characters"},
		"RUNNER_STATE_DIR":               {"state", "no absolute path"},
		"RUNNER_EXTENSIONS_DIR":          {file, "is not a folder"},
		"BUNDLE_STORE_BASE":              {"hidden@store", "is no URL; write for example http://"},
		"UI_PROXY_BASE_URL":              {"ftp://hidden@store", "is no URL"},
		"EXT_CACHE_ROOT":                 {"./cache", "no absolute path"},
		"EXT_STATIC_MAX_FILE_BYTES":      {"-1", "no number of bytes"},
		"EXT_UI_CONTENT_SECURITY_POLICY": {"a\rb", "control characters"},
		"EXT_UI_FRAME_ANCESTORS":         {"a\x00b", "control characters"},
		"EXT_EGRESS_ALLOWLIST":           {"a.example,http://b", `"http://b" is not a host`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(values(map[string]string{name: c.value}))
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			var wrong *VariableError
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, name, wrong.Name)
			assert.ErrorContains(t, err, name+": ")
			assert.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "hid")
		})
	}
}

func TestRead_tells_all_mistakes_at_once(t *testing.T) {
	_, err := Read(values(map[string]string{"PORT": "x", "RUNNER_EXTENSIONS_DIR": "/no/such/folder", "EXT_CACHE_ROOT": "y"}))
	require.Error(t, err)
	for _, name := range []string{"PORT", "RUNNER_EXTENSIONS_DIR", "EXT_CACHE_ROOT"} {
		assert.ErrorContains(t, err, name+": ")
	}
}

func TestIgnored_names_what_only_other_runners_read(t *testing.T) {
	assert.Equal(t, []string{"S3_ACCESS_KEY", "VAULT_ADDR"},
		Ignored(values(map[string]string{"VAULT_ADDR": "http://v", "S3_ACCESS_KEY": "k", "PORT": "1"})))
	assert.Empty(t, Ignored(values(nil)))
}

func TestEnvExample_explains_every_variable_and_no_other(t *testing.T) {
	example, err := os.ReadFile("../../.env.runner.example")
	require.NoError(t, err)
	asked := map[string]bool{}
	_, err = Read(func(name string) string { asked[name] = true; return "" })
	require.NoError(t, err)
	for name := range asked {
		assert.Contains(t, string(example), name)
	}
	ofCompose := map[string]bool{"APP_NAME": true, "RUNNER_DOCKER_PORT": true}
	for line := range strings.Lines(string(example)) {
		name, _, isVariable := strings.Cut(strings.TrimPrefix(line, "#"), "=")
		if isVariable && !strings.Contains(name, " ") {
			assert.True(t, asked[name] || ofCompose[name], "nothing reads %s", name)
		}
	}
}
