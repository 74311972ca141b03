package screen

import (
	"context"
	"fmt"
	"os"
)

// Keys are the terminal's input, one key at a time and not shown. Ctrl-C and
// Ctrl-Z stay signals.
type Keys struct {
	file  *os.File
	modes modes
	taken bool // modes are those from before
	guard *guard
}

// TakeKeys takes the terminal's input, which Release gives back; a process
// that dies before has it given back too. It fails when file is no terminal,
// or another process group's at the moment.
func TakeKeys(file *os.File) (*Keys, error) {
	if !Foreground(file) {
		return nil, fmt.Errorf("taking the keys: the terminal is somebody else's")
	}
	k := &Keys{file: file}
	var err error
	if k.guard, err = startGuard(file); err != nil {
		return nil, err
	}
	if err := k.take(); err != nil {
		k.guard.end()
		return nil, err
	}
	return k, nil
}

// take keeps the settings that it finds, unless they may be its own.
func (k *Keys) take() error {
	found, err := takeModes(k.file)
	if err != nil {
		return fmt.Errorf("taking the keys: %w", err)
	}
	if !k.taken {
		k.modes, k.taken = found, true
	}
	return nil
}

// Release gives the input back.
func (k *Keys) Release() {
	k.modes.restore(k.file)
	k.guard.end()
}

// Pause gives the input back for a while; Again takes it, if it may.
func (k *Keys) Pause() {
	k.modes.restore(k.file)
	k.taken = false
}

// Again takes the input after a Pause, or when somebody else stopped the
// process, and says whether it could.
func (k *Keys) Again() bool { return Foreground(k.file) && k.take() == nil }

// Read hands on the keys until the input or ctx ends. Of what a key sends as
// an escape sequence, such as an arrow, nothing is handed on but the escape key
// alone.
func (k *Keys) Read(ctx context.Context, press func(key rune), again <-chan struct{}) {
	buffer := make([]byte, 64)
	for ctx.Err() == nil {
		n, err := k.file.Read(buffer)
		if n > 1 && buffer[0] == 0x1b {
			continue
		}
		for _, key := range string(buffer[:n]) {
			press(key)
		}
		if err == nil {
			continue
		}
		if Foreground(k.file) {
			return // the terminal is gone
		}
		select { // in the background there is no input
		case <-again:
		case <-ctx.Done():
		}
	}
}
