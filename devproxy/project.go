package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// project is the folder that devproxy runs for, and where its state lies.
// Two checkouts are two projects.
type project struct {
	Dir      string
	StateDir string
}

// findProject takes the nearest folder upwards that is a repository's root,
// else the working directory.
func findProject() (project, error) {
	dir, err := os.Getwd()
	if err != nil {
		return project{}, fmt.Errorf("finding the project: %w", err)
	}
	return newProject(rootOf(dir))
}

// findRunning is the project of the nearest folder upwards for which a
// devproxy runs, else the one that findProject gives.
func findRunning() (project, error) {
	dir, err := os.Getwd()
	if err != nil {
		return project{}, fmt.Errorf("finding the project: %w", err)
	}
	for up := dir; ; up = filepath.Dir(up) {
		p, err := newProject(up)
		if err != nil {
			return project{}, err
		}
		if newAdmin(p).running() {
			return p, nil
		}
		if up == filepath.Dir(up) {
			return newProject(rootOf(dir))
		}
	}
}

// rootOf is the repository that dir lies in, else dir.
func rootOf(dir string) string {
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, ".git")); err == nil {
			return up
		}
		if up == filepath.Dir(up) {
			return dir
		}
	}
}

func newProject(dir string) (project, error) {
	state, err := stateHome()
	if err != nil {
		return project{}, err
	}
	return project{Dir: dir, StateDir: filepath.Join(state, "devproxy", slugOf(dir))}, nil
}

// stateHome follows the XDG base directory specification.
func stateHome() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the state folder: %w; set XDG_STATE_HOME", err)
	}
	return filepath.Join(home, ".local", "state"), nil
}

var unsafeInName = expression.WhenNeeded(`[^a-z0-9]+`)

// slugOf names dir readably, and uniquely by its path.
func slugOf(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	name := strings.Trim(unsafeInName().ReplaceAllString(strings.ToLower(filepath.Base(dir)), "-"), "-")
	return fmt.Sprintf("%.32s-%s", name, hex.EncodeToString(sum[:4]))
}

// MakeState makes the folders that only this user may look into.
func (p project) MakeState() error {
	for _, dir := range []string{p.StateDir, filepath.Dir(p.AdminSocket())} {
		if err := makeOwn(dir); err != nil {
			return err
		}
	}
	return nil
}

func makeOwn(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &fault{Code: "state_unwritable", Exit: exitFailure, Err: fmt.Errorf("making the state folder: %w", err),
			Fix: "make it writable, or set XDG_STATE_HOME to a folder that is"}
	}
	// a folder that others can write to could hold a socket of theirs
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o022 != 0 || !isOurs(info) {
		return &fault{Code: "state_unsafe", Exit: exitFailure, Err: fmt.Errorf("the state folder %s is not this user's alone", dir),
			Fix: "remove it, or set XDG_STATE_HOME to a folder of your own"}
	}
	return nil
}
