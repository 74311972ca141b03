package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

const (
	// Caddy's CA issues for a week, and refuses to start with less left.
	authorityLeast = 7 * 24 * time.Hour
	expirySoon     = 30 * 24 * time.Hour
)

// authorityOf is the folder of the CA that the config's https uses; "" when
// the config keeps one in its own way.
func authorityOf(config []byte) (string, error) {
	var root struct {
		Apps struct {
			PKI struct {
				Authorities map[string]struct {
					Root    json.RawMessage `json:"root"`
					Storage struct {
						Root string `json:"root"`
					} `json:"storage"`
				} `json:"certificate_authorities"`
			} `json:"pki"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(config, &root); err != nil {
		return "", fmt.Errorf("reading the certificate authorities: %w", err)
	}
	local := root.Apps.PKI.Authorities["local"]
	if len(local.Root) > 0 {
		return "", nil
	}
	return local.Storage.Root, nil
}

// checkAuthority looks at the CA of `up --https`, at who trusts it, and at
// what the trust stores still hold of an earlier one.
func checkAuthority(ctx context.Context, p *patient) []finding {
	if p.settings.secure && p.settings.authority != p.project.certificateAuthority() {
		return skipped("the config has a CA of its own")
	}
	stores := findStores(ctx)
	root, found := p.readAuthority()
	if root != nil && len(found) == 0 {
		found = append(p.ageOf(root), p.exposed()...)
		if p.settings.secure {
			found = append(found, stores.missing(root)...)
		}
	}
	found = append(found, stores.leftover(root)...)
	switch {
	case len(found) > 0:
		return found
	case root == nil && !p.settings.secure:
		return skipped("nothing here speaks https")
	case root == nil:
		return fine("'devproxy up --https' makes it at its first start")
	}
	return fine("%s is good until %s", p.project.rootCertificate(), root.NotAfter.Format(time.DateOnly))
}

// readAuthority reads what `up --https` would; nil where there is none yet.
// The certificate may be there though the CA is of no use.
func (p *patient) readAuthority() (*x509.Certificate, []finding) {
	file := p.project.rootCertificate()
	root, err := readCertificate(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !root.IsCA {
		err = fmt.Errorf("%s is not the certificate of a CA", file)
	}
	if err == nil {
		_, err = tls.LoadX509KeyPair(file, p.rootKey())
	}
	if err == nil {
		return root, nil
	}
	return root, []finding{{State: p.ofHTTPS(), Code: "ca_unusable", Cause: "the CA of https cannot be used, so 'devproxy up --https' does not start",
		Evidence: file + ": " + err.Error(), Fix: p.renewal()}}
}

func (p *patient) rootKey() string {
	return filepath.Join(filepath.Dir(p.project.rootCertificate()), "root.key")
}

// ofHTTPS is how bad it is that https does not work.
func (p *patient) ofHTTPS() string {
	if p.settings.secure {
		return stateWrong
	}
	return stateWarning
}

// renewal has Caddy make another CA; certificates of the old one would be
// served as long as they last, in each of the user's projects.
func (p *patient) renewal() string {
	certificates := shellWord(filepath.Dir(p.project.StateDir)) + "/*/caddy/certificates/local"
	return fmt.Sprintf("rm -rf %s %s; the next 'devproxy up --https' makes another, which wants 'devproxy trust' (run 'devproxy untrust' before, where the old one was trusted)",
		shellWord(p.project.certificateAuthority()), certificates)
}

func (p *patient) ageOf(root *x509.Certificate) []finding {
	left := time.Until(root.NotAfter)
	evidence := fmt.Sprintf("%s is good until %s", p.project.rootCertificate(), root.NotAfter.Format(time.RFC3339))
	switch {
	case left <= authorityLeast:
		return []finding{{State: p.ofHTTPS(), Code: "ca_expired", Cause: "the CA of https has expired, or will within a week, and 'devproxy up --https' does not start with it", Evidence: evidence, Fix: p.renewal()}}
	case left <= expirySoon:
		return []finding{{State: stateWarning, Code: "ca_expires", Cause: "the CA of https expires soon", Evidence: evidence, Fix: p.renewal()}}
	}
	return nil
}

// exposed: who reads the key can pass for any site towards those who trust
// the CA.
func (p *patient) exposed() []finding {
	key := p.rootKey()
	info, err := os.Stat(key)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	command := "chmod 600 " + shellWord(key)
	return []finding{{
		State: stateWrong, Code: "ca_key_exposed", Cause: "others may read the key of the CA, and pass for any site towards browsers that trust it",
		Evidence: fmt.Sprintf("%s has mode %04o", key, info.Mode().Perm()), Fix: command, Repair: command,
		repair: func(context.Context) error { return os.Chmod(key, 0o600) },
	}}
}
