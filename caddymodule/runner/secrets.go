package runner

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// secretEnvelope carries the secrets of one install.
type secretEnvelope struct {
	Ciphertext string  `json:"ciphertext_b64"`
	Algorithm  *string `json:"algorithm"`
	ExpiresAt  *string `json:"expires_at"` // RFC 3339
}

// open gives the secrets by name. The plain form is all that it reads: base64
// of a JSON map of strings. Its errors repeat nothing of the content.
func (e *secretEnvelope) open(now time.Time) (map[string]string, error) {
	if e == nil || strings.TrimSpace(e.Ciphertext) == "" {
		return nil, nil
	}
	if err := e.checkExpiry(now); err != nil {
		return nil, err
	}
	if e.Algorithm != nil && strings.HasPrefix(strings.ToLower(*e.Algorithm), "vault-transit") {
		return nil, errors.New("decrypting secrets: the envelope is encrypted with Vault transit, which this runner does not do; send plain envelopes in development")
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(e.Ciphertext))
	if err != nil {
		return nil, errors.New("decoding secrets: ciphertext_b64 is not base64")
	}
	var secrets map[string]string
	if json.Unmarshal(plain, &secrets) != nil {
		return nil, errors.New("decoding secrets: ciphertext_b64 does not hold a JSON map of strings")
	}
	return secrets, nil
}

func (e *secretEnvelope) checkExpiry(now time.Time) error {
	if e.ExpiresAt == nil || *e.ExpiresAt == "" {
		return nil
	}
	expires, err := time.Parse(time.RFC3339, *e.ExpiresAt)
	if err != nil {
		return errors.New("reading secrets: expires_at is not an RFC 3339 time")
	}
	if !now.Before(expires) {
		return errors.New("reading secrets: the envelope expired at " + expires.Format(time.RFC3339))
	}
	return nil
}
