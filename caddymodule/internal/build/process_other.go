//go:build !unix

package build

import (
	"os"
	"os/exec"
	"runtime"
)

func shell(text string) []string {
	if runtime.GOOS == "windows" {
		return []string{"cmd", "/C", text}
	}
	return []string{"sh", "-c", text}
}

// Without process groups only the process itself can be ended, and only by
// force.

func ownSession(*exec.Cmd) { /* there are none */ }

func terminate(c *exec.Cmd) error {
	if c.Process == nil {
		return os.ErrProcessDone
	}
	return c.Process.Kill()
}

// guard does nothing: a build outlives a process that is killed.
func guard(*exec.Cmd) (func(), error) { return func() {}, nil }

func kill(c *exec.Cmd) { _ = c.Process.Kill() }
