package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// authorityName is the common name of the CA's certificate; trust stores have
// it in front of the serial number.
const authorityName = "devproxy, for this user's localhost"

// certificateAuthority is the folder of the CA: one for all of this user's
// projects, so that it is trusted once. Only this user can read its key.
func (p project) certificateAuthority() string {
	return filepath.Join(filepath.Dir(p.StateDir), "ca")
}

// rootCertificate is where Caddy keeps the CA's certificate.
func (p project) rootCertificate() string {
	return filepath.Join(p.certificateAuthority(), "pki", "authorities", "local", "root.crt")
}

// secureAddresses are those, of listenAddresses, that speak https.
func secureAddresses(config []byte) []string {
	servers, err := serversOf(config)
	if err != nil {
		return nil // listenAddresses said so
	}
	var addresses []string
	for _, server := range servers {
		for _, address := range server.addresses() {
			if server.secure(address) {
				addresses = append(addresses, address)
			}
		}
	}
	return addresses
}

// completeHTTPS adds, to a config that speaks https, where the CA lies, that
// it is installed nowhere unasked, and what answers those who speak http.
func completeHTTPS(apps map[string]any, p project) {
	secure := false
	servers := child(child(apps, "http"), "servers")
	for _, value := range servers {
		server, ok := value.(map[string]any)
		if policies, has := server["tls_connection_policies"].([]any); !ok || !has || len(policies) == 0 {
			continue
		}
		secure = true
		setDefault(server, "listener_wrappers", []any{map[string]any{"wrapper": "runner_plaintext"}, map[string]any{"wrapper": "tls"}})
	}
	if !secure {
		return
	}
	local := child(child(child(apps, "pki"), "certificate_authorities"), "local")
	setDefault(local, "install_trust", false)
	setDefault(local, "name", "devproxy")
	setDefault(local, "root_common_name", authorityName)
	setDefault(local, "storage", map[string]any{"module": "file_system", "root": p.certificateAuthority()})
}

// trustNote says once per start what makes browsers warn.
func trustNote(s site, p project) string {
	if len(secureAddresses(s.config)) == 0 {
		return ""
	}
	root, err := readCertificate(p.rootCertificate())
	if err != nil {
		return "" // a CA of the config's own
	}
	if _, err := root.Verify(x509.VerifyOptions{}); err == nil {
		return ""
	}
	return "browsers warn of the certificate until you run 'devproxy trust'"
}

func readCertificate(path string) (*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("reading the certificate %s: it is not PEM", path)
	}
	return x509.ParseCertificate(block.Bytes)
}
