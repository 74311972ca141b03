package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const buildTags = "nobadger,nomysql,nopgx"

// binary returns the path of a devproxy built from this tree, with the race
// detector where there is a C compiler. It is built once per test run, and
// kept in the cache directory so that the next run need not link it again.
func binary(t testing.TB) string {
	t.Helper()
	path, err := builtBinary()
	require.NoError(t, err)
	return path
}

// plainBinary is one without the race detector, which takes terabytes of the
// address space.
func plainBinary(t testing.TB) string {
	t.Helper()
	path, err := builtPlain()
	require.NoError(t, err)
	return path
}

var (
	builtBinary = sync.OnceValues(func() (string, error) { return build("devproxy", hasRaceDetector()) })
	builtPlain  = sync.OnceValues(func() (string, error) { return build("devproxy-plain", false) })
)

func build(name string, race bool) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache directory: %w", err)
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	// One per checkout, so that two do not overwrite each other's.
	checkout := fmt.Sprintf("%x", sha256.Sum256([]byte(here)))[:12]
	path := filepath.Join(cache, "devproxy", "test", checkout, name)
	args := []string{"build", "-tags", buildTags, "-o", path}
	if race {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, ".")...)
	if !race {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building devproxy: %w\n%s", err, output)
	}
	return path, nil
}

func hasRaceDetector() bool {
	output, err := exec.Command("go", "env", "CGO_ENABLED").Output()
	return err == nil && string(output) == "1\n"
}
