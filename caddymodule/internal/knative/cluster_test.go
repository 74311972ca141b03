package knative

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pluginUser(t *testing.T, outcome, interactive string) string {
	self, err := os.Executable()
	require.NoError(t, err)
	return fmt.Sprintf(`exec: {apiVersion: client.authentication.k8s.io/v1, command: %q, interactiveMode: %s, env: [{name: KNATIVE_TEST_PLUGIN, value: %q}]}`, self, interactive, outcome)
}

func TestCluster_finds_a_service_as_any_kind_of_user(t *testing.T) {
	a := newAPIServer(t)
	for kind, fields := range map[string]string{
		"token":              "token: token-1",
		"token file":         fmt.Sprintf("tokenFile: %q", write(t, "token", "token-1\n")),
		"client certificate": a.clientCertificate(t),
		"credential plugin":  pluginUser(t, "work", "IfAvailable"),
	} {
		t.Run(kind, func(t *testing.T) {
			s, err := a.open(t, fields).Service(t.Context(), Ref{Name: "runner"})
			require.NoError(t, err)
			assert.Equal(t, Ref{Namespace: "ext", Name: "runner"}, s.Ref, "the namespace is the context's")
			assert.Equal(t, "https://runner.ext.example.com", s.URL.String())
			assert.Equal(t, Condition{Status: "True"}, s.Ready)
			assert.Equal(t, "runner-00003", s.Revision)
			assert.NoError(t, s.Err())
		})
	}
}

func TestCluster_uses_the_context_and_the_variable_that_kubectl_uses(t *testing.T) {
	a := newAPIServer(t)
	t.Setenv("KUBECONFIG", a.kubeconfig(t, "token: token-1"))
	c, err := Open(Options{Context: "production"})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Service(t.Context(), Ref{Name: "runner"})
	fault := faultOf(t, err, CodeServiceNotFound)
	assert.Equal(t, `namespace default has no Knative service "runner"; did you mean "ext/runner"?`, fault.Error())
}

func TestCluster_says_what_is_wrong_with_the_kubeconfig(t *testing.T) {
	a := newAPIServer(t)
	good := a.kubeconfig(t, "token: token-1")
	without := strings.ReplaceAll(read(t, good), "current-context: dev\n", "")
	for name, c := range map[string]struct {
		options    Options
		code, says string
	}{
		"none":             {Options{Kubeconfig: good + ".none"}, CodeKubeconfigMissing, "no kubeconfig"},
		"an empty one":     {Options{Kubeconfig: write(t, "empty", "")}, CodeKubeconfigMissing, "no kubeconfig"},
		"no YAML":          {Options{Kubeconfig: write(t, "broken", "clusters: [")}, CodeKubeconfigInvalid, "reading the kubeconfig"},
		"unknown context":  {Options{Kubeconfig: good, Context: "prodution"}, CodeContextUnknown, `did you mean "production"?`},
		"distant context":  {Options{Kubeconfig: good, Context: "staging-eu"}, CodeContextUnknown, "there are dev, production"},
		"no context":       {Options{Kubeconfig: write(t, "without", without)}, CodeContextUnknown, "no current context; there are dev, production"},
		"a broken cluster": {Options{Kubeconfig: a.kubeconfig(t, "client-certificate-data: bm9uZQ==, client-key-data: bm9uZQ==")}, CodeKubeconfigInvalid, "using the kubeconfig"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(c.options)
			assert.Contains(t, faultOf(t, err, c.code).Error(), c.says)
		})
	}
}

func TestCluster_says_why_there_is_no_kubeconfig_at_all(t *testing.T) {
	t.Setenv("KUBECONFIG", write(t, "x", "")+".none")
	_, err := Open(Options{})
	faultOf(t, err, CodeKubeconfigMissing)
}

func TestCluster_says_what_keeps_it_from_a_service(t *testing.T) {
	a := newAPIServer(t)
	a.refuse("/namespaces/locked/services/runner", http.StatusForbidden)
	a.refuse("/namespaces/odd/services/runner", http.StatusBadGateway)
	a.set("/namespaces/half/services/runner", `{"metadata":`)
	for name, c := range map[string]struct {
		user       string
		ref        Ref
		code, says string
	}{
		"a wrong token":       {"token: token-2", Ref{Name: "runner"}, CodeUnauthorized, "does not know you"},
		"a plugin that fails": {pluginUser(t, "fail", "Never"), Ref{Name: "runner"}, CodeCredentialsFailed, "cannot be had"},
		"a plugin that asks":  {pluginUser(t, "work", "Always"), Ref{Name: "runner"}, CodeCredentialsFailed, "cannot support interactive mode"},
		"a namespace":         {"token: token-1", Ref{"locked", "runner"}, CodeForbidden, `User "ann" cannot get`},
		"a misspelt name":     {"token: token-1", Ref{"ext", "runnr"}, CodeServiceNotFound, `no Knative service "runnr"; did you mean "runner"?`},
		"a distant name":      {"token: token-1", Ref{"ext", "frontend-app"}, CodeServiceNotFound, "there are broken, runner, starting"},
		"another namespace":   {"token: token-1", Ref{"ext", "cart"}, CodeServiceNotFound, `did you mean "shop/cart"?`},
		"an empty namespace":  {"token: token-1", Ref{"default", "zzz"}, CodeServiceNotFound, "there are none"},
		"a proxy's page":      {"token: token-1", Ref{"odd", "runner"}, CodeClusterUnreachable, "it answered 502"},
		"half an answer":      {"token: token-1", Ref{"half", "runner"}, CodeClusterUnreachable, "decoding its answer"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.open(t, c.user).Service(t.Context(), c.ref)
			fault := faultOf(t, err, c.code)
			assert.Contains(t, fault.Error(), c.says)
			assert.NotContains(t, fault.Error(), "<html>")
		})
	}
}

func TestCluster_without_Knative_is_told_from_a_service_that_is_missing(t *testing.T) {
	a := newAPIServer(t)
	a.mu.Lock()
	clear(a.objects)
	a.mu.Unlock()
	_, err := a.open(t, "token: token-1").Service(t.Context(), Ref{Name: "runner"})
	faultOf(t, err, CodeNotInstalled)
}

func TestCluster_that_may_not_be_listed_still_says_that_the_service_is_missing(t *testing.T) {
	a := newAPIServer(t)
	a.refuse("/namespaces/ext/services", http.StatusForbidden)
	a.refuse("/services", http.StatusForbidden)
	_, err := a.open(t, "token: token-1").Service(t.Context(), Ref{Name: "nope"})
	assert.Equal(t, `namespace ext has no Knative service "nope"`, faultOf(t, err, CodeServiceNotFound).Error())
}

func TestCluster_does_not_wait_for_a_plugin_that_hangs(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	a := newAPIServer(t)
	c := a.open(t, pluginUser(t, held.Addr().String(), "Never"))
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error)
	go func() {
		_, err := c.Service(ctx, Ref{Name: "runner"})
		answered <- err
	}()
	conn, err := held.Accept()
	require.NoError(t, err, "the plugin runs")
	cancel()
	assert.ErrorIs(t, <-answered, context.Canceled)

	require.NoError(t, held.Close())
	require.NoError(t, conn.Close())
	_, err = c.Service(t.Context(), Ref{Name: "runner"})
	faultOf(t, err, CodeCredentialsFailed)
}

func TestCluster_that_is_away(t *testing.T) {
	a := newAPIServer(t)
	c := a.open(t, "token: token-1")
	a.Close()
	_, err := c.Service(t.Context(), Ref{Name: "runner"})
	assert.Contains(t, faultOf(t, err, CodeClusterUnreachable).Error(), a.URL)
}

func TestService_says_why_it_cannot_be_used(t *testing.T) {
	a := newAPIServer(t)
	ready := read(t, "testdata/ready.json")
	a.set("/namespaces/ext/services/changed", strings.Replace(ready, `"generation": 3`, `"generation": 4`, 1))
	a.set("/namespaces/ext/services/private", strings.Replace(ready, "https://runner.ext.example.com", "http://runner.ext.svc.cluster.local", 1))
	a.set("/namespaces/ext/services/new", `{"metadata":{"generation":1}}`)
	c := a.open(t, "token: token-1")
	for name, want := range map[string]struct{ code, says string }{
		"broken":   {CodeServiceNotReady, `ext/broken is not ready (RevisionFailed), though its revision broken-00001 may still answer: Revision "broken-00002" failed with message: Container failed.`},
		"starting": {CodeServiceNotReady, `ext/starting is not ready yet (RevisionMissing): Configuration "starting" is waiting`},
		"changed":  {CodeServiceNotReady, "NotReconciled"},
		"new":      {CodeServiceNotReady, "is not ready yet"},
		"private":  {CodeServiceUnreachable, "which only its cluster can reach"},
	} {
		s, err := c.Service(t.Context(), Ref{Name: name})
		require.NoError(t, err)
		assert.Contains(t, faultOf(t, s.Err(), want.code).Error(), want.says, name)
	}
}

func TestCluster_follows_what_changes_and_nothing_else(t *testing.T) {
	a := newAPIServer(t)
	c := a.open(t, "token: token-1")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	const path = "/namespaces/ext/services/runner"
	ready := read(t, "testdata/ready.json")
	var seen []string
	c.Follow(ctx, Ref{Name: "runner"}, time.Millisecond, func(s Service, err error) {
		if err != nil {
			seen = append(seen, err.(*Error).Code)
			cancel()
			return
		}
		seen = append(seen, s.Revision)
		switch s.Revision {
		case "runner-00003":
			// it is asked several times before anything is new
			a.set(path, strings.ReplaceAll(ready, "3399591", "3399592"))
			a.whenAsked(5, func() { a.objects[group+path] = strings.ReplaceAll(ready, "runner-00003", "runner-00004") })
		case "runner-00004":
			a.refuse(path, http.StatusForbidden)
		}
	})
	assert.Equal(t, []string{"runner-00003", "runner-00004", CodeForbidden}, seen)
}

func TestRef_reads_what_names_a_service(t *testing.T) {
	for text, want := range map[string]Ref{"runner": {Name: "runner"}, "default/alga-ext-runner": {"default", "alga-ext-runner"}} {
		got, err := ParseRef(text)
		assert.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, text, got.String())
	}
	for _, text := range []string{"", "/", "a/", "/a", "a/b/c", "Runner", "a b", "-a", "../x"} {
		_, err := ParseRef(text)
		faultOf(t, err, CodeReferenceInvalid)
	}
}

func read(t *testing.T, file string) string {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}
