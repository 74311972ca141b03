package extension

import (
	"errors"
	"io/fs"
	"os"
)

// tree is a folder as an fs.FS whose files cannot lie outside of it, symbolic
// links included. It opens the folder anew for each file, so it goes on
// working when the folder is deleted and made again.
type tree string

func (t tree) Open(name string) (fs.File, error) {
	root, err := os.OpenRoot(string(t))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.FS().Open(name)
}

// Stat implements fs.StatFS. Without it fs.Stat would open the file, and
// opening a named pipe waits for its writer.
func (t tree) Stat(name string) (fs.FileInfo, error) {
	root, err := os.OpenRoot(string(t))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return fs.Stat(root.FS(), name)
}

// isGone says that a file vanished, which is no fault while a tree is being
// rebuilt, or that a link leads out of the tree, which is never followed.
func isGone(err error) bool {
	var path *fs.PathError
	return errors.Is(err, fs.ErrNotExist) || (errors.As(err, &path) && path.Err.Error() == "path escapes from parent")
}

var _ fs.StatFS = tree("")
