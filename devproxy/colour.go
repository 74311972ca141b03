package main

import (
	"fmt"
	"os"

	"github.com/same-origin/devproxy/caddymodule/colour"
)

// refuseColours carries --no-color on to the log and to what we start, which
// go by the environment.
func refuseColours(refused bool) error {
	if !refused {
		return nil
	}
	if err := os.Setenv("NO_COLOR", "1"); err != nil {
		return fmt.Errorf("leaving out colours: %w", err)
	}
	return nil
}

// paint gives the text a terminal's style, where the stream gets colours.
func paint(stream any, style, text string) string {
	if !colour.On(os.Getenv, fileOf(stream)) {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}
