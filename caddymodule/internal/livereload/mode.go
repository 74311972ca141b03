package livereload

import "fmt"

// Mode is what a page does with a new build.
type Mode string

// The modes of `--live-reload`.
const (
	// Hot swaps stylesheets in place where nothing else changed, and loads
	// the iframe again otherwise. The default.
	Hot Mode = "hot"
	// Full always loads the iframe again.
	Full Mode = "full"
	// Off leaves HTML as it is: no reload, no overlay, no console lines.
	Off Mode = "off"
)

// ParseMode reads a mode; "" is Hot.
func ParseMode(text string) (Mode, error) {
	switch mode := Mode(text); mode {
	case "":
		return Hot, nil
	case Hot, Full, Off:
		return mode, nil
	default:
		return "", fmt.Errorf("reading the live-reload mode: want hot, full or off, not %q", text)
	}
}
