package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// freshUser is a home with an empty certificate database, and programs in
// front of the system's that write down what would have become the system's
// trust store: no test changes that of the machine it runs on.
func freshUser(t *testing.T) (home string, env []string) {
	t.Helper()
	certutil, err := exec.LookPath("certutil")
	if err != nil {
		unavailable(t, "there is no certutil; on Debian or Ubuntu: apt-get install libnss3-tools")
	}
	home = shortFolder(t)
	database, programs := filepath.Join(home, ".pki", "nssdb"), filepath.Join(home, "bin")
	require.NoError(t, os.MkdirAll(database, 0o700))
	require.NoError(t, os.MkdirAll(programs, 0o700))
	out, err := exec.Command(certutil, "-N", "--empty-password", "-d", "sql:"+database).CombinedOutput()
	require.NoError(t, err, string(out))
	for name, script := range map[string]string{
		"tee": `cat > "$HOME/system.crt"`, "rm": `/bin/rm "$HOME/system.crt"`, "sudo": `shift; exec "$@"`,
		"update-ca-certificates": "", "update-ca-trust": "", "trust": "",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700))
	}
	return home, []string{"HOME=" + home, "PATH=" + programs + ":" + os.Getenv("PATH"), "JAVA_HOME="}
}

func TestTrust_makes_a_fresh_browser_trust_every_page_until_it_is_taken_back(t *testing.T) {
	home, env := freshUser(t)
	s := startUp(t, "--https", "--isolation", "subdomain", "--extension", hello(t))
	assert.NoFileExists(t, filepath.Join(home, "system.crt"), "nothing is trusted unasked")
	trust := s.command(t, "trust")
	trust.Env = append(trust.Env, env...)
	out, err := trust.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "devproxy untrust")
	made, err := readCertificate(s.rootOfCA())
	require.NoError(t, err)
	installed, err := readCertificate(filepath.Join(home, "system.crt"))
	require.NoError(t, err)
	assert.True(t, made.Equal(installed))

	tab := openTab(t, chromedp.Env("HOME="+home))
	openOverTLS(t, tab, s.url, `document.querySelector("iframe")?.style.height > ""`)
	frame := enterFrame(t, tab)
	assert.Equal(t, "h2", evaluate[string](t, tab, `performance.getEntriesByType("navigation")[0].nextHopProtocol`))
	assert.Regexp(t, `^https://acme-hello\.localhost:\d+$`, evaluate[string](t, frame, `self.origin`))
	assertOwnCookies(t, tab, frame)
	s.waitForHandlersWith(t, s.trusting(t))
	assert.Equal(t, "Hello, Ada!", greet(t, frame, "Ada"))

	untrust := s.command(t, "untrust")
	untrust.Env = append(untrust.Env, env...)
	out, err = untrust.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.NoFileExists(t, filepath.Join(home, "system.crt"))
	list, err := exec.Command("certutil", "-L", "-d", "sql:"+filepath.Join(home, ".pki", "nssdb")).Output()
	require.NoError(t, err)
	assert.NotContains(t, string(list), "devproxy")
}

// openOverTLS opens address until the expression is true there. Chromium ends
// h2 connections, with what is loading on them, when an interface of the machine
// comes or goes; a certificate that it does not trust fails each time.
func openOverTLS(t *testing.T, tab context.Context, address, expression string) {
	t.Helper()
	var err error
	for range 3 {
		if err = chromedp.Do(tab, chromedp.Navigate(address)); err != nil {
			continue
		}
		if _, err = chromedp.Run(tab, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(10*time.Second))); err == nil {
			return
		}
	}
	require.NoError(t, err, expression)
}

func TestTrust_live_reload_and_WebSockets_work_over_https(t *testing.T) {
	home, env := freshUser(t)
	dir := plainPage(t)
	s := startUp(t, "--https", "--extension", dir, "--app", mirror(t))
	trust := s.command(t, "trust")
	trust.Env = append(trust.Env, env...)
	out, err := trust.CombinedOutput()
	require.NoError(t, err, string(out))
	tab := openTab(t, chromedp.Env("HOME="+home))
	openOverTLS(t, tab, s.url+"/", `true`)
	assertFollows(t, tab, s.url+s.uiURL(t, s.trusting(t)), dir)
	assert.Equal(t, "over TLS", evaluate[string](t, tab, `new Promise((heard, failed) => {
		const socket = new WebSocket("/socket");
		socket.onopen = () => socket.send("over TLS");
		socket.onmessage = ({ data }) => heard(data);
		socket.onerror = failed;
	})`))
}
