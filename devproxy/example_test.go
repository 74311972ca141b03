package main

import (
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const helloDir = "../examples/hello"

// Exit code of scripts/example when Node is missing.
const exitNodeMissing = 2

// hello returns the folder of the example extension with its handler built,
// by the same script that ./scripts/dev calls.
func hello(t testing.TB) string {
	t.Helper()
	output, err := builtHello()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == exitNodeMissing {
		unavailable(t, strings.TrimSpace(output))
	}
	require.NoError(t, err, output)
	return helloDir
}

var builtHello = sync.OnceValues(func() (string, error) {
	output, err := exec.Command("../scripts/example").CombinedOutput()
	return string(output), err
})
