package source

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing/fstest"
)

// maxInterfaceBytes bounds one file of an interface; real ones have 10 kB.
const maxInterfaceBytes = 4 << 20

// witRoot is where the splicer finds the interface.
const witRoot = "wit"

// readInterface reads a .wit file, or a folder of them and of packages built
// from such (.wasm), into a file system whose only entry is witRoot.
func readInterface(from string) (fstest.MapFS, error) {
	files := fstest.MapFS{}
	err := filepath.WalkDir(from, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isInterface(file) {
			return err
		}
		content, err := readSmall(file)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		files[path.Join(witRoot, filepath.ToSlash(below))] = &fstest.MapFile{Data: content}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = errors.New("there is no .wit file in it")
	}
	if err != nil {
		return nil, &UnavailableError{Reason: "reading the interface " + from + ": " + err.Error(), Fix: artefactFix}
	}
	return files, nil
}

func isInterface(file string) bool {
	extension := filepath.Ext(file)
	return extension == ".wit" || extension == ".wasm"
}

func readSmall(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxInterfaceBytes {
		return nil, errors.New(file + " is larger than any interface needs to be")
	}
	return os.ReadFile(file)
}
