package container

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// errNoExecutable tells how to get what a container can run.
var errNoExecutable = errors.New("this devproxy is no static Linux program, which a container without a system needs; " +
	"build it with CGO_ENABLED=0, run it from its own checkout, or name a compose file of your own with --file")

// executable is a devproxy that runs in an empty image: this one when it is
// static, else one that is compiled from the checkout that it runs in.
func executable(ctx context.Context, dir, cache string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this executable: %w", err)
	}
	if isStatic(self) {
		return self, nil
	}
	root := checkout(dir)
	if root == "" {
		return "", errNoExecutable
	}
	made := filepath.Join(cache, "runner", "devproxy")
	cmd := exec.CommandContext(ctx, "go", "build", "-C", root, "-tags", "nobadger,nomysql,nopgx", "-ldflags", "-s -w", "-o", made, "./devproxy")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling the runner for its container: %w\n%s", err, out)
	}
	return made, nil
}

// isStatic says whether the file is a Linux program that needs no other file.
func isStatic(path string) bool {
	file, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			return false
		}
	}
	return true
}

// checkout is the nearest folder upwards that holds our own module.
func checkout(dir string) string {
	for up := dir; ; up = filepath.Dir(up) {
		if text, err := os.ReadFile(filepath.Join(up, "go.mod")); err == nil {
			first, _, _ := strings.Cut(string(text), "\n")
			if strings.TrimSpace(first) == "module github.com/same-origin/devproxy" {
				return up
			}
			return ""
		}
		if up == filepath.Dir(up) {
			return ""
		}
	}
}
