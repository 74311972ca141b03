package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// knownSecret is one that the config gives the extension.
const knownSecret = "PLANTED/known+value"

// curiousHandler uses three of the seven capabilities that it declares, and
// tells what it should not.
const curiousHandler = `
import { get as secret } from "alga:extension/secrets";
import { put } from "alga:extension/storage";
import { fetch as ask } from "alga:extension/http";
import { logInfo, logWarn } from "alga:extension/logging";

const encode = (value) => new TextEncoder().encode(value);
const attempt = (run) => { try { return run(); } catch (cause) { return String(cause?.payload ?? cause); } };

export function handler({ http }) {
  const url = new URL(http.url, "http://x");
  if (url.pathname === "/fail") throw new Error("password=PLANTED-thrown");
  const key = attempt(() => secret("api_key"));
  const other = attempt(() => secret("not_there"));
  logInfo("the key is " + key);
  logWarn("token: PLANTED-logged");
  put({ namespace: "n", key: "k", value: encode("v") });
  const target = url.searchParams.get("target");
  const fetched = target ? attempt(() => ask({ method: "GET", url: target + "/" + key + "?token=PLANTED-fetched", headers: [] }).status) : "";
  const sent = http.body ? JSON.parse(new TextDecoder().decode(http.body)) : {};
  return {
    status: 200,
    headers: [{ name: "content-type", value: "application/json" }, { name: "x-ext-token", value: "PLANTED-header" }, { name: "set-cookie", value: "a=PLANTED-cookie" }],
    body: encode(JSON.stringify({ version: "first", sent, key, other, fetched, access_token: "PLANTED-minted" })),
  };
}
`

// curiousExtension runs in a devproxy whose handler may fetch from allowed.
func curiousExtension(t *testing.T, allowed string) *workbench {
	t.Helper()
	w := &workbench{t: t, dir: filepath.Join(shortFolder(t), "extension")}
	w.save("manifest.json", `{"name":"curious","publisher":"acme","version":"1.0.0","runtime":"wasm-js@1",
		"capabilities":["cap:storage.kv","cap:secrets.get","cap:http.fetch","cap:ui.proxy","cap:scheduler.manage","cap:client.read","cap:service.read"],
		"api":{"endpoints":[{"method":"POST","path":"/use","handler":"dist/main"},{"method":"GET","path":"/use","handler":"dist/main"},{"method":"GET","path":"/fail","handler":"dist/main"}]}}`)
	w.save("package.json", `{"name":"curious","private":true,"type":"module"}`)
	w.save("src/handler.ts", "// @ts-nocheck\n"+curiousHandler)
	w.borrow(hello(t))
	config := strings.Replace(string(builtinCaddyfile), "\t\t\tsource {", "\t\t\tsecret api_key \"{env.CURIOUS_KEY}\"\n\t\t\tartefact off\n\t\t\tsource {", 1)
	config = strings.Replace(config, "\t\tdefault {", "\t\tservice_token PLANTED-service-token\n\t\tegress "+allowed+"\n\t\tdefault {", 1)
	file := filepath.Join(filepath.Dir(w.dir), "Caddyfile")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	t.Setenv("CURIOUS_KEY", knownSecret)
	w.up("--config", file)
	w.waitForHandlers(t)
	return w
}

// use calls the handler and gives the request's id.
func (w *workbench) use(query, body string, headers ...string) string {
	w.t.Helper()
	return post(w.t, w.url+"/api/ext/acme.curious/use"+query, body, headers...)
}

// post calls a handler, which must answer, and gives the request's id.
func post(t *testing.T, address, body string, headers ...string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", answer)
	require.NotEmpty(t, res.Header.Get("X-Request-Id"))
	return res.Header.Get("X-Request-Id")
}

// said runs another devproxy of the project.
func (s *started) said(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := s.command(t, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode(), out.String(), errs.String()
	}
	require.NoError(t, err)
	return 0, out.String(), errs.String()
}

// decoded is what a command prints as JSON.
func decoded[T any](t *testing.T, text string) (out T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &out), text)
	return out
}

func (s *started) replays(t *testing.T, args ...string) (int, []runnerstatus.Replay) {
	t.Helper()
	code, out, errs := s.said(t, append([]string{"replay", "--json"}, args...)...)
	require.NotEmpty(t, out, errs)
	assert.Equal(t, []string{"replay"}, checkLines(t, out))
	return code, decoded[runnerstatus.Replays](t, out).Replays
}

// teapot answers whatever is fetched.
func teapot(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(server.Close)
	return server.URL
}
