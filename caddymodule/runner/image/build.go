package image

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// tags leave out Caddy's storage backends, as everywhere in this repository.
const tags = "nobadger,nomysql,nopgx"

var errNoCheckout = errors.New("this is no checkout of devproxy")

// build builds devproxy from the checkout that o.Dir lies in. The toolchain
// knows itself what of it is still up to date.
func build(ctx context.Context, o Options) (string, error) {
	root, err := checkout(o.Dir)
	if err != nil {
		return "", err
	}
	cache := o.CacheDir
	if cache == "" {
		if cache, err = os.UserCacheDir(); err != nil {
			return "", fmt.Errorf("finding the cache folder: %w", err)
		}
	}
	// one per checkout, so that two do not overwrite each other's
	output := filepath.Join(cache, "devproxy", "runner-image", fmt.Sprintf("%.6x", sha256.Sum256([]byte(root))), o.Arch, "devproxy")
	compile := exec.CommandContext(ctx, "go", "build", "-C", root, "-tags", tags, "-ldflags", "-s -w", "-o", output, "./devproxy")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+o.Arch, "GOFLAGS=")
	if said, err := compile.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building devproxy in %s: %w\n%s", root, err, strings.TrimSpace(string(said)))
	}
	return output, Check(output, o.Arch)
}

var ourModule = expression.WhenNeeded(`(?m)^module github\.com/same-origin/devproxy\s*$`)

// checkout is the nearest folder upwards that is our module's root.
func checkout(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the checkout: %w", err)
	}
	for up := dir; ; up = filepath.Dir(up) {
		content, err := os.ReadFile(filepath.Join(up, "go.mod"))
		if err == nil && ourModule().Match(content) {
			return up, nil
		}
		if up == filepath.Dir(up) {
			return "", fmt.Errorf("%w: neither %s nor a folder above it holds its go.mod", errNoCheckout, dir)
		}
	}
}
