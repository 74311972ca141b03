//go:build unix

package screen

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// modes are a terminal's settings, as they were.
type modes struct{ before *unix.Termios }

// takeModes has keys come at once, and unseen. Signals, and what is done to
// the output, stay.
func takeModes(file *os.File) (modes, error) {
	now, err := unix.IoctlGetTermios(int(file.Fd()), getTermios)
	if err != nil {
		return modes{}, err
	}
	before := *now
	now.Lflag &^= unix.ICANON | unix.ECHO
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	// a read from the background is to fail, not to stop the process
	signal.Ignore(syscall.SIGTTIN)
	return modes{&before}, unix.IoctlSetTermios(int(file.Fd()), setTermios, now)
}

func (m modes) restore(file *os.File) {
	if m.before != nil && Foreground(file) {
		_ = unix.IoctlSetTermios(int(file.Fd()), setTermios, m.before) // a terminal that is gone needs nothing
	}
}

// Foreground says whether the terminal listens to this process.
func Foreground(file *os.File) bool {
	group, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// guardScript remembers the terminal's settings and puts them back, unless it
// is told that this was done.
const guardScript = `trap '' INT TERM HUP QUIT TSTP TTOU TTIN
before=$(stty -g <&3) || exit 1
echo ready
read -r line
[ "$line" = done ] || stty "$before" <&3`

// guard is a shell that outlives this process for a moment.
type guard struct {
	cmd  *exec.Cmd
	tell io.WriteCloser
}

func startGuard(terminal *os.File) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it
	cmd.ExtraFiles = []*os.File{terminal}
	tell, err := cmd.StdinPipe() // the kernel closes our end, if we do not
	if err != nil {
		return nil, fmt.Errorf("guarding the terminal: %w", err)
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("guarding the terminal: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("guarding the terminal: %w", err)
	}
	g := &guard{cmd, tell}
	if _, err := bufio.NewReader(said).ReadString('\n'); err != nil {
		g.end()
		return nil, fmt.Errorf("guarding the terminal: reading its settings: %w", err)
	}
	return g, nil
}

func (g *guard) end() {
	_, _ = io.WriteString(g.tell, "done\n")
	_ = g.tell.Close()
	_ = g.cmd.Wait() // it has nothing to say any more
}
