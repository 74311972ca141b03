package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// authorityFile is a PEM file of CAs that the config names.
type authorityFile struct {
	at   string // as in apps.runner.backends.knative.knative.ca
	file string
}

// authorityKeys are the ends of the places that name such files: the runner's
// own, and those of Caddy's modules.
var authorityKeys = []string{".knative.ca", ".pem_files", ".root_ca_pem_files", ".trusted_ca_certs_pem_files", ".trusted_roots_pem_files", ".root.certificate"}

func authorityFiles(config []byte) ([]authorityFile, error) {
	var root any
	if err := json.Unmarshal(config, &root); err != nil {
		return nil, fmt.Errorf("reading the config: %w", err)
	}
	return collectAuthorities(root, ""), nil
}

func collectAuthorities(value any, at string) (found []authorityFile) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			found = append(found, collectAuthorities(v[key], at+"."+key)...)
		}
	case []any:
		for _, item := range v {
			found = append(found, collectAuthorities(item, at)...)
		}
	case string:
		if file := caddy.NewReplacer().ReplaceAll(v, ""); file != "" && endsInAny(at, authorityKeys) {
			found = append(found, authorityFile{strings.TrimPrefix(at, "."), file})
		}
	}
	return found
}

func endsInAny(text string, ends []string) bool {
	for _, end := range ends {
		if strings.HasSuffix(text, end) {
			return true
		}
	}
	return false
}

// checkAuthorityFiles reads each file as who uses it will.
func checkAuthorityFiles(_ context.Context, p *patient) []finding {
	var found []finding
	for _, named := range p.settings.trusted {
		found = append(found, named.examine()...)
	}
	switch {
	case len(found) > 0:
		return found
	case len(p.settings.trusted) == 0:
		return skipped("the config names none")
	}
	return fine("%d file(s) of CAs are good", len(p.settings.trusted))
}

func (a authorityFile) examine() []finding {
	text, err := os.ReadFile(a.file)
	var until time.Time
	if err == nil {
		until, err = lastDay(text)
	}
	seen := fmt.Sprintf("%s (named at %s)", a.file, a.at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []finding{{State: stateWrong, Code: "ca_file_missing", Cause: "a file of CAs is not there", Evidence: seen, Fix: "put the CA's certificate there, or correct the path; a relative one begins where devproxy is started"}}
	case err != nil:
		return []finding{{State: stateWrong, Code: "ca_file_invalid", Cause: "a file of CAs cannot be used: " + err.Error(), Evidence: seen, Fix: "replace it by the CA's certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"}}
	case time.Until(until) <= 0:
		return []finding{{State: stateWrong, Code: "ca_file_expired", Cause: "every CA of a file has expired", Evidence: fmt.Sprintf("%s was good until %s", seen, until.Format(time.RFC3339)), Fix: "replace it by the CA's new certificate"}}
	case time.Until(until) <= expirySoon:
		return []finding{{State: stateWarning, Code: "ca_file_expires", Cause: "every CA of a file expires soon", Evidence: fmt.Sprintf("%s is good until %s", seen, until.Format(time.RFC3339)), Fix: "replace it by the CA's new certificate"}}
	}
	return nil
}

// lastDay is when the last of the certificates ends: a bundle may hold old
// ones beside their successors.
func lastDay(text []byte) (until time.Time, err error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return until, err
		}
		if certificate.NotAfter.After(until) {
			until = certificate.NotAfter
		}
	}
	if until.IsZero() {
		return until, errors.New("it holds no certificate in PEM")
	}
	return until, nil
}
