package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A kept engine is one file: the SHA-256 of the rest, a line of JSON, and the
// module. Whatever does not read as that is made anew.

// keptHeader is the line of JSON.
type keptHeader struct {
	Initializer string
	Environment map[string]string
}

func (s *Splicer) file(key Digest) string {
	return filepath.Join(s.dir, hex.EncodeToString(key[:])+".bin")
}

// load reads the engine of key; nil when it is not kept or damaged.
func (s *Splicer) load(key Digest) *Spliced {
	if s.dir == "" {
		return nil
	}
	content, err := os.ReadFile(s.file(key))
	if err != nil || len(content) < sha256.Size {
		return nil
	}
	sum, rest := content[:sha256.Size], content[sha256.Size:]
	line, core, complete := bytes.Cut(rest, []byte("\n"))
	if actual := sha256.Sum256(rest); !complete || !bytes.Equal(sum, actual[:]) {
		return nil
	}
	var header keptHeader
	if json.Unmarshal(line, &header) != nil {
		return nil
	}
	return &Spliced{Core: core, Initializer: []byte(header.Initializer), Environment: header.Environment}
}

// store writes next to the file and renames, so that nobody reads half of it.
func (s *Splicer) store(key Digest, spliced *Spliced) error {
	if s.dir == "" {
		return nil
	}
	line, err := json.Marshal(keptHeader{string(spliced.Initializer), spliced.Environment})
	if err != nil {
		return fmt.Errorf("keeping a spliced engine: %w", err)
	}
	rest := append(append(line, '\n'), spliced.Core...)
	sum := sha256.Sum256(rest)
	return writeFile(s.file(key), append(sum[:], rest...))
}

func writeFile(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("creating the cache of spliced engines: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return fmt.Errorf("keeping a spliced engine: %w", err)
	}
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keeping a spliced engine: %w", err), os.Remove(temporary.Name()))
	}
	return nil
}
