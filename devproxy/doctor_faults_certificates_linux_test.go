package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is wrong with the CA of https, who trusts it, and other CAs.
var certificateFaults = []provoked{
	{"ca_unusable", stateWrong, `root\.crt: .*PEM`, brokenAuthority, func(w *ward, f finding) {
		w.follow(f)
		w.answersWithTLS()
	}},
	{"ca_unusable", stateWrong, `root\.key: no such file`, func(w *ward) {
		w.authority(100 * 24 * time.Hour)
		require.NoError(w.t, os.Remove(w.ca("root.key")))
	}, (*ward).follow},
	{"ca_expired", stateWrong, `root\.crt is good until \d{4}`, func(w *ward) { w.authority(-time.Hour) }, func(w *ward, f finding) {
		w.follow(f)
		w.answersWithTLS()
	}},
	{"ca_expires", stateWarning, `root\.crt is good until \d{4}`, func(w *ward) { w.authority(20 * 24 * time.Hour) }, (*ward).follow},
	{"ca_key_exposed", stateWrong, `root\.key has mode 0644`, func(w *ward) {
		w.authority(100 * 24 * time.Hour)
		require.NoError(w.t, os.Chmod(w.ca("root.key"), 0o644))
	}, fix},
	trusting(),
	{"ca_leftover", stateWarning, `nssdb: devproxy, for this user's localhost 4711`, leaveAuthority, (*ward).follow},
	{
		"ca_file_missing", stateWrong, `ca\.pem \(named at apps\.runner\.backends\.cloud\.knative\.ca\)`,
		writing("Caddyfile", siteOf("backend cloud https://runner.example {\n\t\t\tca ca.pem\n\t\t}")), mending(goodAuthorityFile),
	},
	{"ca_file_invalid", stateWrong, `no certificate in PEM\n.*ca\.pem`, authorityFileOf([]byte("none")), mending(goodAuthorityFile)},
	{"ca_file_expired", stateWrong, `ca\.pem .*was good until`, authorityFileOf(certificate(-time.Hour)), mending(goodAuthorityFile)},
	{"ca_file_expires", stateWarning, `ca\.pem .*is good until`, authorityFileOf(certificate(48 * time.Hour)), mending(goodAuthorityFile)},
}

func goodAuthorityFile(w *ward) { w.write("ca.pem", string(certificate(1000*time.Hour))) }

func authorityFileOf(content []byte) func(*ward) {
	return func(w *ward) {
		w.write("ca.pem", string(content))
		w.write("Caddyfile", siteOf("backend cloud https://runner.example {\n\t\t\tca ca.pem\n\t\t}"))
	}
}

// ca is a file of the CA; https is asked for, and nobody trusts anything.
func (w *ward) ca(name string) string {
	return filepath.Join(filepath.Dir(w.project().rootCertificate()), name)
}

func (w *ward) https() {
	w.environ("HOME=" + w.t.TempDir())
	w.args = []string{"--https"}
}

// authority writes a CA as Caddy does.
func (w *ward) authority(good time.Duration) {
	w.https()
	content, key := newAuthority(good)
	require.NoError(w.t, os.MkdirAll(w.ca(""), 0o700))
	require.NoError(w.t, os.WriteFile(w.ca("root.crt"), content, 0o600))
	require.NoError(w.t, os.WriteFile(w.ca("root.key"), key, 0o600))
}

func certificate(good time.Duration) []byte { content, _ := newAuthority(good); return content }

// newAuthority panics where the library would: there is nothing to fail.
func newAuthority(good time.Duration) (content, key []byte) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	about := &x509.Certificate{
		SerialNumber: big.NewInt(4711), Subject: pkix.Name{CommonName: authorityName}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(good),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	must(err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	must(err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// up starts devproxy with https in the ward.
func (w *ward) up() *started {
	cmd := exec.Command(binary(w.t), "up", "--https", "--port", "0")
	cmd.Dir = w.dir
	return startIn(w.t, w.state, startLimit, cmd)
}

// brokenAuthority breaks one that was in use, so that certificates of it are
// still about.
func brokenAuthority(w *ward) {
	w.https()
	s := w.up()
	answers(w.t, s)
	_, err := s.interrupt(w.t)
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(w.ca("root.crt"), []byte("cut off"), 0o600))
}

// answersWithTLS checks that devproxy starts, and is trusted by who trusts its
// new CA.
func (w *ward) answersWithTLS() {
	w.t.Helper()
	s := w.up()
	answers(w.t, s)
	_, err := s.interrupt(w.t)
	require.NoError(w.t, err)
}

func answers(t *testing.T, s *started) {
	t.Helper()
	res, err := s.trusting(t).Get(s.url)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusOK, res.StatusCode)
}

// trusting runs `devproxy trust` in a home of its own, whose file for the
// system is what programs take for the system's.
func trusting() provoked {
	var s *started
	var env []string
	return provoked{"ca_untrusted", stateWarning, `the system: .*\n.*nssdb: it is not in there`, func(w *ward) {
		var home string
		home, env = freshUser(w.t)
		w.args = []string{"--https"}
		w.environ("HOME="+home, "SSL_CERT_FILE="+filepath.Join(home, "system.crt"), "SSL_CERT_DIR="+home)
		s = w.up()
	}, func(w *ward, f finding) {
		assert.Contains(w.t, f.Fix, "devproxy trust")
		trust := s.command(w.t, "trust")
		trust.Env = append(trust.Env, env...)
		out, err := trust.CombinedOutput()
		require.NoError(w.t, err, "%s", out)
	}}
}

// leaveAuthority has a browser trust a CA that is gone.
func leaveAuthority(w *ward) {
	home, _ := freshUser(w.t)
	w.environ("HOME=" + home)
	file := filepath.Join(home, "old.crt")
	require.NoError(w.t, os.WriteFile(file, certificate(time.Hour), 0o600))
	add := exec.CommandContext(w.t.Context(), "certutil", "-A", "-d", "sql:"+filepath.Join(home, ".pki", "nssdb"), "-t", "C,,", "-n", authorityName+" 4711", "-i", file)
	out, err := add.CombinedOutput()
	require.NoError(w.t, err, "%s", out)
}
