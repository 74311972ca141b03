package host

// fixtures.go finds and reads the JSON files behind the stand-ins.

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// samples are what a fixture holds until the developer edits it.
//
//go:embed samples/*.json
var samples embed.FS

// fixtures reads a file anew for each call, so that an edit counts at once.
type fixtures struct {
	own       string // StateDir/fixtures: samples are written here
	developer string // wins, may be empty, is never written to
	log       *slog.Logger
}

func newFixtures(stateDir, developerDir string, log *slog.Logger) *fixtures {
	return &fixtures{own: filepath.Join(stateDir, "fixtures"), developer: developerDir, log: log}
}

// read reads the fixture of that name into v.
func (f *fixtures) read(name string, v any) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	return readJSON(path, v)
}

// path is the file that counts for a fixture. When there is none, the sample
// is written to the state folder first.
func (f *fixtures) path(name string) (string, error) {
	if f.developer != "" {
		path := filepath.Join(f.developer, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("finding fixture %s: %w", name, err)
		}
	}
	return f.ownPath(name)
}

// ownPath is the file in the state folder; it exists afterwards.
func (f *fixtures) ownPath(name string) (string, error) {
	path := filepath.Join(f.own, name)
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	sample, err := samples.ReadFile("samples/" + name)
	if err != nil {
		return "", fmt.Errorf("finding fixture %s: %w", name, err)
	}
	if err := createFile(path, sample); err != nil {
		return "", fmt.Errorf("writing sample fixture %s: %w", path, err)
	}
	f.log.Info("wrote a sample fixture; edit it to change what the extension sees", "file", path)
	return path, nil
}

// records reads a fixture that is a list of records. Field names may be
// written as in the interface (client-id), as in JavaScript (clientId) or as
// in the platform's API (client_id).
func (f *fixtures) records(name string) ([]guest.Record, error) {
	var rows []guest.Record
	if err := f.read(name, &rows); err != nil {
		return nil, err
	}
	for i, row := range rows {
		named := guest.Record{}
		for key, value := range row {
			named[kebab(key)] = value
		}
		rows[i] = named
	}
	return rows, nil
}

// kebab turns clientId and client_id into client-id.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '_':
			b.WriteByte('-')
		case unicode.IsUpper(r) && i > 0:
			b.WriteByte('-')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
