package livereload

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// openFile shows a file of an extension in the editor. Nothing outside the
// extension's folder can be opened, by no path and by no symbolic link.
func (l *Live) openFile(w http.ResponseWriter, r *http.Request) {
	if l.cfg.Open == nil {
		refuse(w, http.StatusNotImplemented, "no_editor", ErrNoEditor.Error())
		return
	}
	query := r.URL.Query()
	if !l.open.allow(query.Get("ext"), 1) {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, "rate_limited", "one file at a time, please")
		return
	}
	dir, loaded := l.cfg.Folder(query.Get("ext"))
	if !loaded {
		refuse(w, http.StatusNotFound, "extension_not_found", "no such extension is loaded")
		return
	}
	file, err := within(dir, query.Get("file"))
	if err != nil {
		refuse(w, http.StatusNotFound, "file_not_found", "the extension's folder has no such file")
		return
	}
	if err := l.cfg.Open(r.Context(), file, place(query.Get("line")), place(query.Get("column"))); err != nil {
		l.cfg.Logger.Warn("opening the editor", "file", file, "error", err)
		refuse(w, http.StatusBadGateway, "editor_failed", err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// within gives the path of a regular file in dir that name, relative to dir or
// absolute, leads to without leaving dir.
func within(dir, name string) (string, error) {
	if filepath.IsAbs(name) {
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return "", err
		}
		name = relative
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("no regular file")
	}
	return filepath.Join(dir, filepath.FromSlash(name)), nil
}

func place(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
