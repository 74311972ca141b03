package guesttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// buildTime bounds npm and all builds together; a slow machine with two cores
// needs three minutes.
const buildTime = 15 * time.Minute

// ensureBuilt returns the directory that holds what the sources of that name
// build, building it when this machine has none of the current ones.
func ensureBuilt(name string) (string, error) {
	from, err := findSources(name)
	if err != nil {
		return "", err
	}
	key, err := from.hash()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache directory: %w", err)
	}
	dir := filepath.Join(cache, "devproxy", "test-"+name, key)
	if built(dir) {
		return dir, nil
	}
	return dir, buildLocked(from, dir)
}

// buildLocked lets one of several test processes build and the others wait.
func buildLocked(from sources, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("creating the test cache: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	unlock, err := lock(ctx, dir+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if built(dir) {
		return nil
	}
	return build(ctx, from, dir)
}

func built(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// build works in a temporary directory and renames, so that an interrupted
// build leaves nothing that looks complete.
func build(ctx context.Context, from sources, dir string) error {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("building for tests: %w", err)
		}
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "build-*")
	if err != nil {
		return fmt.Errorf("building for tests: %w", err)
	}
	defer os.RemoveAll(work)
	if err := from.copyTo(work); err != nil {
		return err
	}
	if err := run(ctx, from, work, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
		return err
	}
	output := filepath.Join(work, "built")
	if err := run(ctx, from, work, "node", "build.mjs", output); err != nil {
		return err
	}
	return os.Rename(output, dir)
}

func run(ctx context.Context, from sources, dir, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "EXTENSION_WIT="+from.wit)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("running %s %v: %w\n%s", name, args, err, output)
	}
	return nil
}

func isMissingTool(err error) bool { return errors.Is(err, exec.ErrNotFound) }
