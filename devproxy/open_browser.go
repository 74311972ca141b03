package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/cli/browser"
)

// opening guards where the opener's output goes, which is one for the process.
var opening sync.Mutex

// openQuietly opens the browser. What the opener prints is part of the error,
// and dropped where there is none.
func openQuietly(url string) error {
	opening.Lock()
	defer opening.Unlock()
	// a file, not a pipe: a browser that outlives its opener may go on writing
	output, err := os.CreateTemp("", "devproxy-browser-*")
	if err != nil {
		return fmt.Errorf("opening the browser: %w", err)
	}
	defer os.Remove(output.Name())
	defer output.Close()
	browser.Stdout, browser.Stderr = output, output
	err = browser.OpenURL(url)
	if err == nil {
		return nil
	}
	said, readErr := os.ReadFile(output.Name())
	if text := strings.Join(strings.Fields(string(said)), " "); text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return errors.Join(err, readErr)
}
