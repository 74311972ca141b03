// Package image gives what a container image of the runner consists of: one
// static Linux binary of devproxy, ours or one built from this checkout. Who
// runs the runner in a container calls it; it calls the Go toolchain, and knows
// nothing of container engines.
package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// What an image is made of: the binary alone, FROM scratch.
const (
	// Path is where the binary lies in the image.
	Path = "/devproxy"
	// Port is the port that the runner listens on.
	Port = 8080
	// StateDir and ExtensionsDir are where the runner expects a volume and the
	// folders of extensions.
	StateDir      = "/var/lib/devproxy"
	ExtensionsDir = "/extensions"
)

// Entrypoint starts the runner.
func Entrypoint() []string { return []string{Path, "runner"} }

// HealthCheck exits 0 when the runner can serve.
func HealthCheck() []string { return []string{Path, "runner", "--check"} }

// Options say which binary is wanted. All of them may be empty.
type Options struct {
	// Arch is the engine's architecture in Go's words: amd64 or arm64.
	// Default: this machine's.
	Arch string
	// Dir is where the search for a checkout starts, upwards. Default: the
	// working directory.
	Dir string
	// CacheDir keeps what is built. Default: the user's cache folder.
	CacheDir string
}

// Binary finds a static binary: the running one where it is one, else one that
// it builds, which takes minutes the first time. The error is a
// *[NoBinaryError].
func Binary(ctx context.Context, o Options) (string, error) {
	if o.Arch == "" {
		o.Arch = runtime.GOARCH
	}
	own, err := os.Executable()
	if err == nil {
		err = Check(own, o.Arch)
	}
	if err == nil {
		return own, nil
	}
	built, buildErr := build(ctx, o)
	if buildErr != nil {
		return "", &NoBinaryError{Own: err, Build: buildErr}
	}
	return built, nil
}

// NoBinaryError says why neither the running binary nor another one can be the
// content of an image.
type NoBinaryError struct {
	Own   error // what is wrong with the running one
	Build error // why none could be built
}

func (e *NoBinaryError) Error() string {
	return fmt.Sprintf("making the runner's image: this devproxy cannot be its content (%v), and none could be built: %v", e.Own, e.Build)
}

func (e *NoBinaryError) Unwrap() []error { return []error{e.Own, e.Build} }

// Fix is what to do next.
func (e *NoBinaryError) Fix() string {
	if errors.Is(e.Build, errNoCheckout) {
		return "run devproxy in a checkout of its repository with Go installed, or build the one you use with CGO_ENABLED=0 on Linux"
	}
	return "correct what the Go toolchain complains of"
}

// Place puts the binary at path into dir as `devproxy`, where a compose file
// takes it from. Nothing is written when it is there already.
func Place(path, dir string) error {
	target := filepath.Join(dir, "devproxy")
	if same(path, target) {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("placing the image's binary: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("placing the image's binary: %w", err)
	}
	// A build that reads meanwhile sees the old one or the new one, whole.
	if err := os.WriteFile(target+".new", content, 0o755); err != nil {
		return fmt.Errorf("placing the image's binary: %w", err)
	}
	if err := os.Rename(target+".new", target); err != nil {
		return fmt.Errorf("placing the image's binary: %w", err)
	}
	return nil
}
