// artefact_origin.go contains of what dist/main.wasm was made.

package loop

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// origin says by their digests which sources a dist/main.wasm is made of. It is
// kept, since times say little: git gives old content a new one, and cp -p, tar
// and a file that is moved back give other content an old one.
type origin struct {
	Artefact string `json:"artefact"`
	Sources  string `json:"sources"` // empty when nobody knows
	// Making is on disk while a command of ours writes the artefact. Where no
	// end of that was seen, as the process ended first, nothing is known of it:
	// it has the newest time, and may be half of a file.
	Making bool `json:"making,omitempty"`
}

func (l *Loop) originFile() string { return filepath.Join(l.opts.CacheDir, "artefact.json") }

// isFresh says that dist/main.wasm is made of what is there now. Of one that no
// command of ours made, only times are known when it is first seen.
func (l *Loop) isFresh(inputs []string) bool {
	l.originMu.Lock() // for all of it: no command of ours may begin meanwhile
	defer l.originMu.Unlock()
	now, ok := l.originNow(inputs)
	if !ok {
		return false
	}
	switch kept := l.keptOrigin(); {
	case kept.Making:
		return false
	case kept.Artefact == now.Artefact:
		return kept == now
	case !l.isNewest(inputs):
		return false
	}
	l.keepOrigin(now)
	return true
}

// originNow are the digests of what there is; false when that is not all.
func (l *Loop) originNow(inputs []string) (o origin, ok bool) {
	if len(inputs) == 0 {
		return o, false
	}
	var err error
	if o.Artefact, err = digest(l.dir, extension.HandlerFile); err == nil {
		o.Sources, err = digest(l.dir, sourcesOf(inputs)...)
	}
	return o, err == nil
}

// isNewest says that dist/main.wasm is no older than what it is made of.
func (l *Loop) isNewest(inputs []string) bool {
	made, err := os.Stat(filepath.Join(l.dir, filepath.FromSlash(extension.HandlerFile)))
	if err != nil {
		return false
	}
	for _, name := range sourcesOf(inputs) {
		info, err := os.Stat(filepath.Join(l.dir, filepath.FromSlash(name)))
		if err == nil && info.ModTime().After(made.ModTime()) {
			return false
		}
	}
	return true
}

// sourcesOf adds to what the bundler reads the file that holds the command.
func sourcesOf(inputs []string) []string {
	return append([]string{"package.json"}, slices.Sorted(slices.Values(inputs))...)
}

// keptOrigin is zero when nothing is known. It is called with originMu held.
func (l *Loop) keptOrigin() (o origin) {
	text, err := os.ReadFile(l.originFile())
	if err != nil {
		return origin{}
	}
	if json.Unmarshal(text, &o) != nil {
		return origin{Making: true} // cut off while it was written
	}
	return o
}

// keepOrigin writes down what is known; without it, times have to do. It is
// called with originMu held.
func (l *Loop) keepOrigin(o origin) {
	text, err := json.Marshal(o)
	if err == nil {
		err = os.MkdirAll(l.opts.CacheDir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(l.originFile(), text, 0o600)
	}
	if err != nil {
		l.hooks.Log.Debug("writing down what dist/main.wasm is made of", "extension", l.name(), "error", err)
	}
}

// digest is that of files of dir, with their names. One that is not there
// counts as that.
func digest(dir string, names ...string) (string, error) {
	sum := sha256.New()
	for _, name := range names {
		file, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		if os.IsNotExist(err) && len(names) > 1 {
			fmt.Fprintf(sum, "%q absent\n", name)
			continue
		}
		if err != nil {
			return "", err
		}
		one := sha256.New()
		_, err = io.Copy(one, file)
		file.Close()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%q %x\n", name, one.Sum(nil))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
