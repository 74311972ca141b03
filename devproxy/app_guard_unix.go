//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"syscall"
)

// guardScript waits until nobody can write to its input any more, and ends the
// process group that it is in: asked first, then forced. What asks the group
// to end must not end the guard before the group.
const guardScript = `trap '' TERM HUP INT; read -r line; kill -TERM 0; sleep 2; kill -KILL 0`

// guard ends the group of the app, or of the command of `ci`, once this process is gone, also when it was
// killed and could do nothing. The guard is a shell in that group: the group
// keeps its number as long as the guard lives, so that no stranger is hit, and
// stopping the app ends the guard, too.
func guard(app *exec.Cmd) error {
	shell := exec.Command("/bin/sh", "-c", guardScript)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: app.Process.Pid}
	alive, err := shell.StdinPipe() // the kernel closes our end, if we do not
	if err != nil {
		return fmt.Errorf("starting the guard of a command: %w", err)
	}
	if err := shell.Start(); err != nil {
		return fmt.Errorf("starting the guard of a command: %w", err)
	}
	go func() {
		_ = shell.Wait() // until the group is ended, by a signal
		_ = alive.Close()
	}()
	return nil
}
