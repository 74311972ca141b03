package image

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
)

// command is the package of the binary that an image holds. Others that have
// our Caddy module in them lack the verb `runner`.
const command = "github.com/same-origin/devproxy/devproxy"

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// Check says why the file cannot be the content of an image for arch; nil when
// it can.
func Check(path, arch string) error {
	machine, known := machines[arch]
	if !known {
		return fmt.Errorf("there is no image for %s; it is made for amd64 and arm64", arch)
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s is no Go program: %w", path, err)
	}
	if info.Path != command {
		return fmt.Errorf("%s is %s, not devproxy", path, info.Path)
	}
	file, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("%s is no Linux program: %w", path, err)
	}
	defer file.Close()
	if file.Machine != machine {
		return fmt.Errorf("%s is for %s, the engine runs %s", path, file.Machine, arch)
	}
	return static(path, file)
}

func static(path string, file *elf.File) error {
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is linked dynamically, and an image made from scratch has no libraries", path)
		}
	}
	return nil
}

// same says whether two files hold the same; one that cannot be read does not.
func same(a, b string) bool {
	first, err := digest(a)
	second, err2 := digest(b)
	return errors.Join(err, err2) == nil && bytes.Equal(first, second)
}

func digest(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	return sum.Sum(nil), err
}
