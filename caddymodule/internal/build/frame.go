package build

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

const (
	frameAround  = 2       // lines before and after
	frameWidth   = 160     // characters of a line
	frameLargest = 4 << 20 // bytes of a file that is read for it
)

// frameOf gives the lines around a problem, numbered, with a mark below its
// column; empty when they cannot be read:
//
//	  1 | const a = 1;
//	> 2 | const b = ;
//	    |           ^
//	  3 | export { a, b };
func frameOf(dir string, p event.Problem) string {
	if p.File == "" || p.Line == 0 {
		return ""
	}
	file := filepath.FromSlash(p.File)
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	text, err := readSome(file)
	if err != nil {
		return ""
	}
	return frame(text, p.Line, p.Column)
}

func readSome(file string) (string, error) {
	// Asked before it is opened: opening a named pipe waits for its writer.
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return "", os.ErrInvalid
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, frameLargest))
	return string(text), err
}

// FrameOf gives the lines around a place in a file of dir, as problems of
// builds have them; empty when they cannot be read.
func FrameOf(dir string, p event.Problem) string { return frameOf(dir, p) }

func frame(text string, line, column int) string {
	all := strings.Split(text, "\n")
	if line > len(all) {
		return ""
	}
	last := min(len(all), line+frameAround)
	width := len(fmt.Sprint(last))
	var b strings.Builder
	for n := max(1, line-frameAround); n <= last; n++ {
		mark := " "
		if n == line {
			mark = ">"
		}
		row := []rune(strings.TrimRight(strings.ReplaceAll(all[n-1], "\t", " "), "\r "))
		fmt.Fprintf(&b, "%s %*d | %s\n", mark, width, n, string(row[:min(len(row), frameWidth)]))
		if n == line && column > 0 && column <= frameWidth {
			fmt.Fprintf(&b, "  %*s | %s^\n", width, "", strings.Repeat(" ", column-1))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
