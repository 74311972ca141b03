package livereload

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// launchTime is how long an editor may take to say that it cannot start.
const launchTime = 2 * time.Second

// launch starts the editor and returns once it runs, or failed. It outlives
// us and has neither our terminal nor our signals.
func launch(ctx context.Context, path string, arguments []string) error {
	cmd := exec.Command(path, arguments...)
	cmd.SysProcAttr = ownSession()
	output, err := os.CreateTemp("", "devproxy-editor-*.log")
	if err != nil {
		return fmt.Errorf("starting the editor: %w", err)
	}
	defer output.Close()
	// Unlinked where that works: the editor may write for hours.
	defer os.Remove(output.Name())
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the editor: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the editor
	select {
	case err = <-ended:
	case <-ctx.Done():
	case <-time.After(launchTime):
	}
	if err == nil {
		return nil
	}
	said, _ := os.ReadFile(output.Name())
	return fmt.Errorf("starting the editor: %s: %w: %s", path, err, lastLine(said))
}

func lastLine(output []byte) string {
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	return printable(string(lines[len(lines)-1]), sourceBytes)
}
