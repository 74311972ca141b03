//go:build unix

package build

import (
	"fmt"
	"os"
	"os/exec"
)

// guardScript becomes the build, beside a guard that waits until nobody can
// write to descriptor 3 any more and then ends the group that both are in:
// asked first, then forced. What asks the group to end must not end the guard
// before the group. The guard is begun from within the build's session, as
// nothing can join that from outside, and is no child of the build.
const guardScript = `((trap '' TERM HUP INT; read -r line; kill -TERM 0; sleep 2; kill -KILL 0) <&3 3<&- >/dev/null 2>&1 &)
exec 3<&-
exec "$@"`

// guard has what cmd starts ended once this process is gone, also when it was
// killed and could do nothing. The returned function is for when the group has
// been ended. It holds the group's number until then, so that no stranger is hit.
func guard(cmd *exec.Cmd) (func(), error) {
	if cmd.Err != nil {
		return nil, cmd.Err // there is no such program, which a shell would tell in its own way
	}
	gone, alive, err := os.Pipe() // the kernel closes our end, if we do not
	if err != nil {
		return nil, fmt.Errorf("guarding a build: %w", err)
	}
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", guardScript, "sh"}, cmd.Args...)
	cmd.ExtraFiles = []*os.File{gone}
	return func() {
		_ = gone.Close()
		_ = alive.Close()
	}, nil
}
