package screen

import (
	"os"

	"golang.org/x/sys/windows"
)

// modes are a console's settings, as they were.
type modes struct{ before uint32 }

// takeModes has keys come at once, and unseen. Ctrl-C stays a signal.
func takeModes(file *os.File) (modes, error) {
	var before uint32
	if err := windows.GetConsoleMode(windows.Handle(file.Fd()), &before); err != nil {
		return modes{}, err
	}
	now := before &^ (windows.ENABLE_LINE_INPUT | windows.ENABLE_ECHO_INPUT)
	return modes{before}, windows.SetConsoleMode(windows.Handle(file.Fd()), now)
}

func (m modes) restore(file *os.File) {
	_ = windows.SetConsoleMode(windows.Handle(file.Fd()), m.before) // a console that is gone needs nothing
}

// Foreground is always so: Windows has no jobs of a terminal.
func Foreground(*os.File) bool { return true }

// guard is nothing: the shells of Windows set the console up themselves.
type guard struct{}

func startGuard(*os.File) (*guard, error) { return nil, nil }

func (*guard) end() {}
