package standalone

import (
	"crypto/x509"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Authorities are looked for once, when a process starts, so the test runs
// itself again in one that finds none on its machine.
func TestRoots_are_there_where_the_machine_has_none(t *testing.T) {
	if os.Getenv("SSL_CERT_FILE") != "/nowhere" {
		again := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		again.Env = []string{"SSL_CERT_FILE=/nowhere", "SSL_CERT_DIR=/nowhere"}
		output, err := again.CombinedOutput()
		assert.NoError(t, err, string(output))
		return
	}
	pool, err := x509.SystemCertPool()
	require.NoError(t, err)
	assert.False(t, pool.Equal(x509.NewCertPool()), "no authorities")
}
