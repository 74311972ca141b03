package main

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
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
	"go.yaml.in/yaml/v4"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

const (
	knativeDir = "../examples/knative"
	// helloGreeting asks the handler of the example extension.
	helloGreeting = "/api/ext/acme.hello/greet"
)

// manifest is as much of a Knative service as the example says of its runner.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name, Namespace string }
	Spec       struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Image string
					Ports []struct {
						ContainerPort int `yaml:"containerPort"`
					}
					Env []struct {
						Name, Value string
						ValueFrom   struct {
							SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
						} `yaml:"valueFrom"`
					}
					ReadinessProbe struct {
						HTTPGet struct{ Path string } `yaml:"httpGet"`
					} `yaml:"readinessProbe"`
					VolumeMounts []struct {
						Name      string
						MountPath string `yaml:"mountPath"`
					} `yaml:"volumeMounts"`
				}
				Volumes []struct{ Name string }
			}
		}
	}
}

func TestExample_knative_manifest_Caddyfile_and_runner_agree(t *testing.T) {
	hello(t) // or skip: there is no Node
	text, err := os.ReadFile(knativeDir + "/service.yaml")
	require.NoError(t, err)
	var m manifest
	require.NoError(t, yaml.Unmarshal(text, &m))
	assert.Equal(t, []string{"serving.knative.dev/v1", "Service"}, []string{m.APIVersion, m.Kind})
	runner := runnerAsIn(t, m)
	cluster := clusterWith(t, text, m, runner.url)

	warm(t, runner)
	s := upKnative(t, []string{"KUBECONFIG=" + cluster, "RUNNER_SERVICE_TOKEN=" + secretOfTest})
	assert.JSONEq(t, `{"greeting":"Hello, Ada!","count":1,"recent":["Ada"]}`, greetKnative(t, s))
	assert.Contains(t, runner.log.String(), `"extension":"acme.hello"`, "it was executed there")
	assert.Equal(t, http.StatusUnauthorized, askRunner(t, runner, "/v1/execute", "", "{}"), "without the token of the secret")
}

// warm has the runner compile the handler, which may take longer here than a
// call may wait.
func warm(t *testing.T, runner *startedRunner) {
	t.Helper()
	what := fmt.Sprintf(`{"extension_id": "acme.hello", "content_hash": %q}`, anyHash)
	require.Equal(t, http.StatusNoContent, askRunner(t, runner, "/warmup", secretOfTest, what), runner.log)
}

// askRunner returns the status of the answer.
func askRunner(t *testing.T, runner *startedRunner, path, token, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, runner.url+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Runner-Service-Token", token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	return res.StatusCode
}

func TestExample_knative_emulated_starts_cold_and_then_is_warm(t *testing.T) {
	hello(t) // or skip: there is no Node
	s := upKnative(t, nil, "--backend", "embedded", "--emulate", "knative")
	s.waitForHandlers(t)
	page := s.url + s.uiURL(t, http.DefaultClient)
	assert.Contains(t, timingOf(t, page), "emulated cold start")
	assert.Empty(t, timingOf(t, page))
	assert.Contains(t, greetKnative(t, s), "Hello, Ada!")
	var status runnerstatus.Snapshot
	require.NoError(t, json.Unmarshal([]byte(s.run(t, "status", "--json")), &status))
	require.NotNil(t, status.Backends[0].ColdStarts)
	assert.Equal(t, 1, status.Backends[0].ColdStarts.Count)
}

func timingOf(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get(address)
	require.NoError(t, err)
	res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
	return res.Header.Get("Server-Timing")
}

// secretOfTest stands in the cluster's secret.
const secretOfTest = "of-the-test" // #nosec G101 -- of nothing

// runnerAsIn starts the runner as the cluster would: what the manifest sets, and
// the port in PORT. Folders of the image are folders of the test.
func runnerAsIn(t *testing.T, m manifest) *startedRunner {
	t.Helper()
	spec := m.Spec.Template.Spec
	require.Len(t, spec.Containers, 1)
	container := spec.Containers[0]
	require.Len(t, container.Ports, 1)
	require.Len(t, container.VolumeMounts, 1)
	assert.Equal(t, spec.Volumes[0].Name, container.VolumeMounts[0].Name)
	state := t.TempDir()
	examples, err := filepath.Abs(filepath.Dir(helloDir))
	require.NoError(t, err)
	var environ []string
	for _, e := range container.Env {
		assert.NotContains(t, []string{"PORT", "HOST", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"}, e.Name, "is the cluster's to set, or says where it must listen")
		value := map[string]string{container.VolumeMounts[0].MountPath: state, "/extensions": examples}[e.Value]
		if e.ValueFrom.SecretKeyRef.Key != "" {
			value = secretOfTest
		}
		require.NotEmpty(t, value, "%s is a folder of the image, or a secret", e.Name)
		environ = append(environ, e.Name+"="+value)
	}
	program, err := image.Binary(t.Context(), image.Options{}) // what an image would hold; it compiles the handler in seconds
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), program, "runner")
	cmd.Env = append(environ, "HOST=127.0.0.1", "PORT=0")
	runner := startedAs(t, cmd)
	code, _ := fetch(t, runner.url+container.ReadinessProbe.HTTPGet.Path)
	assert.Equal(t, http.StatusOK, code, "the readiness probe")
	return runner
}

// clusterWith answers as the cluster's API does once the manifest is applied
// and its service is ready at url. It returns a kubeconfig.
func clusterWith(t *testing.T, text []byte, m manifest, url string) string {
	t.Helper()
	var object map[string]any
	require.NoError(t, yaml.Unmarshal(text, &object))
	object["status"] = map[string]any{
		"url": url, "latestReadyRevisionName": m.Metadata.Name + "-00001",
		"conditions": []map[string]string{{"type": "Ready", "status": "True"}},
	}
	body, err := json.Marshal(object)
	require.NoError(t, err)
	path := fmt.Sprintf("/apis/serving.knative.dev/v1/namespaces/%s/services/%s", m.Metadata.Namespace, m.Metadata.Name)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	file := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, kubeconfigOfTest, server.URL, base64.StdEncoding.EncodeToString(authority)), 0o600))
	return file
}

const kubeconfigOfTest = `apiVersion: v1
kind: Config
current-context: test
clusters: [{name: test, cluster: {server: %q, certificate-authority-data: %q}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
users: [{name: test, user: {token: test}}]
`

// upKnative starts devproxy with the example's own Caddyfile.
func upKnative(t *testing.T, environ []string, args ...string) *started {
	t.Helper()
	cmd := exec.Command(binary(t), append([]string{"up", "--port", "0"}, args...)...)
	cmd.Dir, cmd.Env = knativeDir, environ
	return startWithin(t, startLimit, cmd)
}

// greetKnative returns the answer of the handler.
func greetKnative(t *testing.T, s *started) string {
	t.Helper()
	res, err := http.Post(s.url+helloGreeting, "application/json", strings.NewReader(`{"name": "Ada"}`))
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, res.StatusCode, string(answer))
	return string(answer)
}
