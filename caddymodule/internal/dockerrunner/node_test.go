package dockerrunner_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNode_client_drives_a_container_from_start_to_remove(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "needs Node:", err)
	}
	r := newRig(t)
	cmd := exec.CommandContext(r.ctx, node, "--test", "--test-reporter=tap", "testdata/client.test.mjs")
	cmd.Env = append(os.Environ(), "RUNNER="+r.server.URL, "SECRET="+secret, "IMAGE="+shellImage(t, r.engine))
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.Contains(t, string(output), "# pass 6")
}
