package project

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// missingFile is an env file that is not there, and the example to make it from.
type missingFile struct{ example, file string }

const exampleSuffix = ".example"

// withExample offers the copy where the missing file has an example beside it.
func withExample(p Problem, dir, file string) Problem {
	example := file + exampleSuffix
	if unreadable(example) != "" {
		return p
	}
	p.missing = missingFile{example: example, file: file}
	p.Fix = "run: cp " + quoted(shown(dir, example)) + " " + quoted(shown(dir, file))
	return p
}

// quoted is the word as a shell takes it.
func quoted(word string) string {
	if !strings.ContainsAny(word, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// HasExample says whether CopyExample can solve the problem.
func (p Problem) HasExample() bool { return p.missing.example != "" }

// CopyExample makes the missing env file of the problem from its example, as the
// problem's Fix says, and returns the new file's path. It never overwrites: a
// file that has come up in the meantime is an error that is fs.ErrExist. The copy
// is readable by its owner only, since tokens go into it.
func CopyExample(p Problem) (file string, err error) {
	if !p.HasExample() {
		return "", fmt.Errorf("copying the example of an env file: problem %s has none", p.Code)
	}
	from, err := os.Open(p.missing.example)
	if err != nil {
		return "", fmt.Errorf("copying %s: %w", p.missing.example, err)
	}
	defer from.Close()
	to, err := os.OpenFile(p.missing.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("copying %s: %w", p.missing.example, err)
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("copying %s: %w", p.missing.example, err), os.Remove(p.missing.file))
	}
	return p.missing.file, nil
}

var (
	readingFile = expression.WhenNeeded(`^(?:failed to read|env file) (.+?)(?: not found)?: (.*)$`)
	atLine      = expression.WhenNeeded(`^line (\d+): (.*)$`)
)

// envFileProblem reads what compose-go says about an env file: "failed to read
// /project/.env: line 3: unexpected character …".
func envFileProblem(dir string, err error) Problem {
	p := Problem{Code: CodeEnvFile, Message: err.Error(), Fix: "write NAME=value, one to a line"}
	m := readingFile().FindStringSubmatch(err.Error())
	if m == nil {
		return p
	}
	p.File, p.Message = shown(dir, m[1]), m[2]
	if line := atLine().FindStringSubmatch(p.Message); line != nil {
		p.Line, _ = strconv.Atoi(line[1])
		p.Message = line[2]
	}
	if errors.Is(err, fs.ErrPermission) {
		p.Message, p.Fix = "this env file may not be read", "chmod u+r "+quoted(p.File)
	}
	return p
}
