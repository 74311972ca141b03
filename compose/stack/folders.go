package stack

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// folders hold a copy of the binary for each generation: dir/NUMBER/NAME. The
// zero value holds none.
type folders struct{ dir string }

// foldersIn are those of one project: several may share a state folder.
func foldersIn(stateDir, project string) folders {
	if stateDir == "" {
		return folders{}
	}
	return folders{filepath.Join(stateDir, "generations", project)}
}

func (f folders) of(number int) string { return filepath.Join(f.dir, strconv.Itoa(number)) }

// make makes an empty folder. Its mode is the containers' to read, whatever the
// umask: their user is another one.
func (f folders) make(number int) (string, error) {
	if f.dir == "" {
		return "", errors.New("making the folder of a generation: no state folder is known")
	}
	folder := f.of(number)
	err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o755))
	if err == nil {
		err = os.Chmod(folder, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("making the folder of generation %d: %w", number, err)
	}
	return folder, nil
}

// remove removes a generation's folder, if it has one.
func (f folders) remove(number int) error {
	if f.dir == "" || number == 0 {
		return nil
	}
	if err := os.RemoveAll(f.of(number)); err != nil {
		return fmt.Errorf("removing the folder of generation %d: %w", number, err)
	}
	return nil
}

// keep removes all folders but those of the given generations: what a killed
// process left has no container to tell of it.
func (f folders) keep(numbers ...int) error {
	if f.dir == "" {
		return nil
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("listing the folders of generations: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		if n, err := strconv.Atoi(entry.Name()); err == nil && !slices.Contains(numbers, n) {
			errs = append(errs, f.remove(n))
		}
	}
	return errors.Join(errs...)
}

// put copies a program into a folder, which shares its blocks where the file
// system can. Never a hard link: a compiler that writes in place would change the
// program under every generation that has it.
func put(program, folder string) error {
	source, err := os.Open(program)
	if err != nil {
		return err
	}
	defer source.Close()
	name := filepath.Join(folder, filepath.Base(program))
	copied, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, source)
	return errors.Join(err, copied.Chmod(0o755), copied.Close())
}
