package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

const (
	archiveName = "bundle.tar.zst"

	maxArchiveBytes = 256 << 20
)

// storeClient gives a client of its own transport, which [BundleStore.Close]
// can close, and which does not carry the API key to another host.
func storeClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) >= 10 {
			return fmt.Errorf("following redirects: more than 10")
		}
		if req.URL.Host != via[0].URL.Host {
			req.Header.Del("X-Api-Key")
		}
		return nil
	}}
}

// download writes the archive of ref to the file name and checks its hash
// while it streams.
func (s *BundleStore) download(ctx context.Context, ref Ref, name string) error {
	resp, err := s.get(ctx, ref)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return &FetchError{codeExtract, fmt.Errorf("creating a file for the bundle: %w", err)}
	}
	defer file.Close()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, hash), io.LimitReader(resp.Body, maxArchiveBytes+1))
	if err != nil {
		return &FetchError{codeExtract, fmt.Errorf("downloading the bundle of %s: %w", ref.Extension, err)}
	}
	if n > maxArchiveBytes {
		return &FetchError{codeExtract, fmt.Errorf("downloading the bundle of %s: it is larger than %d bytes", ref.Extension, maxArchiveBytes)}
	}
	if got := hashPrefix + hex.EncodeToString(hash.Sum(nil)); got != ref.Hash {
		return &FetchError{codeHashMismatch, fmt.Errorf("the store's bundle of %s hashes to %s instead of %s; publish it again", ref.Extension, got, ref.Hash)}
	}
	return nil
}

// get asks the store for the archive. Its error is [ErrNotInstalled] when the
// store does not have it.
func (s *BundleStore) get(ctx context.Context, ref Ref) (*http.Response, error) {
	resp, err := s.send(ctx, http.MethodGet, "tenants", ref.Tenant, "extensions", ref.Extension,
		"sha256", strings.TrimPrefix(ref.Hash, hashPrefix), archiveName)
	if err != nil {
		return nil, &FetchError{codeExtract, fmt.Errorf("asking the bundle store for %s: %w", ref.Extension, err)}
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return nil, ErrNotInstalled
	}
	return nil, &FetchError{codeExtract, fmt.Errorf("asking the bundle store for %s: it answered %s; check BUNDLE_STORE_BASE and its credentials", ref.Extension, resp.Status)}
}

// send requests the object that segments name below the base.
func (s *BundleStore) send(ctx context.Context, method string, segments ...string) (*http.Response, error) {
	target := *s.base
	if len(segments) > 0 {
		target = *s.base.JoinPath(escapeAll(segments)...)
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), nil)
	if err != nil {
		return nil, err
	}
	if s.cfg.APIKey != "" {
		req.Header.Set("X-Api-Key", s.cfg.APIKey)
	}
	resp, err := s.client.Do(req)
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // pages are told why, and its URL may be a secret
	}
	return resp, err
}

// Probe implements [Prober]: one HEAD on the base. Stores commonly refuse
// that with 403 or 404, which still shows that they are there.
func (s *BundleStore) Probe(ctx context.Context) error {
	resp, err := s.send(ctx, http.MethodHead)
	if err != nil {
		return fmt.Errorf("reaching the bundle store: %w", err)
	}
	resp.Body.Close()
	if resp.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("reaching the bundle store: it answered %s", resp.Status)
	}
	return nil
}
