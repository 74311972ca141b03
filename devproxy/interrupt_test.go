package main

import (
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUp_ends_on_interrupt_and_leaves_nothing(t *testing.T) {
	devproxy := startUp(t, "--extension", helloDir)
	response, err := http.Get(devproxy.url)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	assertEndsOnInterrupt(t, devproxy)
}

// assertEndsOnInterrupt presses Ctrl-C and looks for what the process may have
// left behind.
func assertEndsOnInterrupt(t *testing.T, devproxy *started) {
	t.Helper()
	elapsed, err := devproxy.interrupt(t)
	assert.NoError(t, err, "exit code")
	assert.Less(t, elapsed, heldUp)

	assert.True(t, groupEnded(devproxy.cmd.Process), "somebody of the process group is left")
	listener, err := net.Listen("tcp", devproxy.address(t))
	require.NoError(t, err, "the port is still taken")
	require.NoError(t, listener.Close())
}
