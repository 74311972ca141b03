package livereload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-shellwords"
)

// ErrNoEditor says that nobody named an editor.
var ErrNoEditor = errors.New(`no editor is known: start devproxy with --editor, for example --editor "code", or set $VISUAL`)

// NewOpener makes an Opener of a command, such as `code` or `idea64 -e`. The
// command is given the file and, when it is an editor that is known here, the
// place in it. ErrNoEditor when command is empty; an error as well when it is
// none that can be started, or one that needs a terminal.
func NewOpener(command string) (Opener, error) {
	words, err := split(command)
	if err != nil {
		return nil, err
	}
	name := editorName(words[0])
	if needsTerminal(name, words[1:]) {
		return nil, fmt.Errorf("preparing the editor: %s runs in a terminal, which a browser cannot give it; name one with a window by --editor, for example --editor code", name)
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, fmt.Errorf("preparing the editor: %w; name another one by --editor", err)
	}
	arguments := placeArguments(name)
	return func(ctx context.Context, file string, line, column int) error {
		return launch(ctx, path, slices.Concat(words[1:], arguments(file, line, column)))
	}, nil
}

func needsTerminal(name string, arguments []string) bool {
	if name == "emacs" || name == "emacsclient" {
		return slices.ContainsFunc(arguments, func(a string) bool { return a == "-nw" || a == "-t" || a == "--tty" })
	}
	return slices.Contains(terminalEditors, name)
}

// EditorCommand gives the command to use: flag, else $VISUAL, else $EDITOR.
func EditorCommand(flag string, getenv func(string) string) string {
	for _, command := range []string{flag, getenv("VISUAL"), getenv("EDITOR")} {
		if strings.TrimSpace(command) != "" {
			return command
		}
	}
	return ""
}

// split parts a command as a shell would; a path with spaces needs no quotes.
func split(command string) ([]string, error) {
	command = strings.TrimSpace(command)
	if command == "" {
		return nil, ErrNoEditor
	}
	if _, err := os.Stat(command); err == nil {
		return []string{command}, nil
	}
	words, err := shellwords.Parse(command)
	if err != nil || len(words) == 0 {
		return nil, fmt.Errorf("reading the editor's command %q: its quotes do not match", command)
	}
	return words, nil
}

func editorName(path string) string {
	name := strings.ToLower(filepath.Base(path))
	return strings.TrimSuffix(strings.TrimSuffix(name, ".exe"), ".cmd")
}

// placeArguments gives the arguments that show file at a place. An editor that
// is not known gets the file alone.
func placeArguments(name string) func(file string, line, column int) []string {
	for _, e := range editors {
		if slices.Contains(e.names, name) {
			return func(file string, line, column int) []string {
				if line < 1 {
					return []string{file}
				}
				return e.arguments(file, strconv.Itoa(line), strconv.Itoa(max(column, 1)))
			}
		}
	}
	return func(file string, _, _ int) []string { return []string{file} }
}
