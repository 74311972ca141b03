package runner

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sealed(plain string) string { return base64.StdEncoding.EncodeToString([]byte(plain)) }

func TestSecrets_a_plain_envelope_is_opened(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	later := "2030-01-01T00:00:01Z"
	for name, envelope := range map[string]*secretEnvelope{
		"plain":         {Ciphertext: sealed(`{"api_key":"k"}`)},
		"not expired":   {Ciphertext: " " + sealed(`{"api_key":"k"}`) + "\n", ExpiresAt: &later},
		"its algorithm": {Ciphertext: sealed(`{"api_key":"k"}`), Algorithm: new("none")},
	} {
		secrets, err := envelope.open(now)
		require.NoError(t, err, name)
		assert.Equal(t, map[string]string{"api_key": "k"}, secrets, name)
	}
	for name, envelope := range map[string]*secretEnvelope{"none": nil, "blank": {Ciphertext: "  "}} {
		secrets, err := envelope.open(now)
		require.NoError(t, err, name)
		assert.Empty(t, secrets, name)
	}
}

func TestSecrets_what_cannot_be_opened_is_refused_without_repeating_it(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, envelope := range map[string]*secretEnvelope{
		"Vault":      {Ciphertext: "vault:v1:hunter2", Algorithm: new("vault-transit/v1")},
		"expired":    {Ciphertext: sealed(`{"a":"hunter2"}`), ExpiresAt: new("2030-01-01T00:00:00Z")},
		"bad time":   {Ciphertext: sealed(`{"a":"hunter2"}`), ExpiresAt: new("tomorrow")},
		"no base64":  {Ciphertext: "hunter2!"},
		"no JSON":    {Ciphertext: sealed("hunter2")},
		"wrong JSON": {Ciphertext: sealed(`{"hunter2":7}`)},
	} {
		_, err := envelope.open(now)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "hunter2", name)
	}
}
