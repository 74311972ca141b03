package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestDocker_the_container_fetches_each_save_from_our_store(t *testing.T) {
	dockerEngine(t)
	dir := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	write("manifest.json", `{"name":"store","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","ui":{"type":"iframe","entry":"ui/index.html"}}`)
	write("ui/index.html", "first")
	s := startUp(t, "--backend", "docker", "--extension", dir)
	stale := "/runner/ext-ui/acme.store/sha256:" + strings.Repeat("0", 64) + "/index.html"
	shown := func(content string) *http.Response {
		t.Helper()
		var res *http.Response
		require.EventuallyWithT(t, func(c *assert.CollectT) {
			var err error
			res, err = http.Get(s.url + stale)
			if !assert.NoError(c, err) {
				return
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			assert.NoError(c, err)
			assert.Contains(c, string(body), content)
		}, startLimit, 20*time.Millisecond, "%s", s.output)
		return res
	}
	first := shown("first")
	assert.Equal(t, "1", first.Header.Get("X-Runner-Generation"), "it came out of the container")
	write("ui/index.html", "second")
	second := shown("second")
	assert.NotEqual(t, first.Header.Get("X-Ext-Build"), second.Header.Get("X-Ext-Build"))

	status := statusOf(t, s)
	container := strings.TrimSpace(dockerSays(t, "ps", "-q", "--filter", "label=com.docker.compose.project="+status.Compose.Name))
	var about []struct {
		Mounts []struct{ Type, Name string }
		Config struct{ Env []string }
	}
	require.NoError(t, json.Unmarshal([]byte(dockerSays(t, "inspect", container)), &about))
	for _, mount := range about[0].Mounts {
		assert.Equal(t, "volume", mount.Type, "nothing of the developer's is mounted")
	}
	checkArchive(t, about[0].Config.Env, second.Header.Get("X-Ext-Content-Hash"))

	_, err := s.interrupt(t)
	assert.NoError(t, err)
	out, err := s.command(t, "down", "-v").CombinedOutput()
	assert.NoError(t, err, "%s", out)
}

// checkArchive downloads what the container did, as it did.
func checkArchive(t *testing.T, env []string, hash string) {
	t.Helper()
	base := ""
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, "BUNDLE_STORE_BASE="); ok {
			base = value
		}
	}
	require.NotEmpty(t, base)
	digits := strings.TrimPrefix(hash, "sha256:")
	res, err := http.Get(base + "tenants/local/extensions/acme.store/sha256/" + digits + "/bundle.tar.zst")
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	sum := sha256.New()
	_, err = io.Copy(sum, res.Body)
	require.NoError(t, err)
	assert.Equal(t, digits, hex.EncodeToString(sum.Sum(nil)), "the hash is that of the archive's bytes")
}

func statusOf(t *testing.T, s *started) runnerstatus.Snapshot {
	t.Helper()
	var status runnerstatus.Snapshot
	out, err := s.command(t, "status", "--json").Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &status))
	return status
}

func TestDocker_an_earlier_build_is_served_out_of_the_container(t *testing.T) {
	dockerEngine(t)
	w := &workbench{t: t, dir: filepath.Join(shortFolder(t), "extension")}
	w.save("manifest.json", `{"name":"store","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1","capabilities":["cap:storage.kv"],"ui":{"type":"iframe","entry":"ui/index.html"},"api":{"endpoints":[{"method":"POST","path":"/greet","handler":"dist/main"}]}}`)
	w.save("ui/index.html", "first")
	component, err := os.ReadFile(filepath.Join(hello(t), "dist", "main.wasm"))
	require.NoError(t, err)
	w.save("dist/main.wasm", string(component))
	w.up("--backend", "docker")
	page := func() answer {
		return w.get("/runner/ext-ui/acme.store/" + strings.Replace(anyHash, ":", "%3A", 1) + "/index.html")
	}
	greet := func() answer {
		res, err := http.Post(w.url+"/api/ext/acme.store/greet", "application/json", strings.NewReader(`{"name":"Ada"}`))
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return answer{res.StatusCode, res.Header.Get("X-Ext-Build"), string(body)}
	}
	require.Eventually(t, func() bool { return page().body != "" && greet().status == http.StatusOK }, compileLimit, 50*time.Millisecond, "%s", w.output)
	first := w.status().Build
	w.save("ui/index.html", "second")
	second := w.published(first)
	w.save("dist/main.wasm", string(append(component, customSection...)))
	third := w.published(second)

	for _, build := range []string{first, second, third, first} {
		code, _, errs := w.runs("use-build", build)
		require.Zero(t, code, errs)
		assert.Equal(t, build, page().build)
		assert.True(t, strings.HasSuffix(page().body, map[bool]string{true: "first", false: "second"}[build == first]), page().body)
		called := greet()
		assert.Equal(t, http.StatusOK, called.status, called.body)
		assert.Equal(t, build, called.build)
		assert.Contains(t, called.body, "Hello, Ada!")
	}
	w.save("ui/index.html", "fourth")
	require.Eventually(t, func() bool { return strings.HasSuffix(page().body, "fourth") }, startLimit, 20*time.Millisecond)
	_, err = w.interrupt(t)
	assert.NoError(t, err)
	out, err := w.command(t, "down", "-v").CombinedOutput()
	assert.NoError(t, err, "%s", out)
}
