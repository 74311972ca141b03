package stack_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// binary is a compose file whose runner executes the program that write writes.
func (f *fixture) binary(lines string) string {
	return "services:\n  runner:\n    image: scratch\n    entrypoint: [/devproxy-binary/app]\n    x-devproxy: {binary: ./bin/app}\n" +
		"    stop_grace_period: 1s\n" + lines
}

// write makes the binary one that ends in a mark.
func (f *fixture) write(mark string) {
	f.t.Helper()
	f.writeFile(append(append([]byte(nil), enginetest.Binary(f.t)...), fmt.Sprintf("%20s", mark)...))
}

func (f *fixture) writeFile(content []byte) {
	f.t.Helper()
	require.NoError(f.t, os.MkdirAll(filepath.Join(f.dir, "bin"), 0o755))
	next := filepath.Join(f.dir, "bin", "next")
	require.NoError(f.t, os.WriteFile(next, content, 0o755))
	require.NoError(f.t, os.Rename(next, filepath.Join(f.dir, "bin", "app")))
}

// kept is where the fixture's stacks keep their state.
func (f *fixture) kept(o *stack.Options) { o.StateDir = f.dir }

// folders are the generations that have a folder.
func (f *fixture) folders() []int {
	f.t.Helper()
	entries, err := os.ReadDir(filepath.Join(f.dir, "generations", f.name))
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(f.t, err)
	}
	numbers := []int{}
	for _, entry := range entries {
		n, err := strconv.Atoi(entry.Name())
		require.NoError(f.t, err)
		numbers = append(numbers, n)
	}
	return numbers
}

func requireMark(t testing.TB, mark string, g *stack.Generation) {
	t.Helper()
	require.Equal(t, fmt.Sprintf("%20s", mark), get(t, g, "/tail"))
}

// requireOneSpare: the live generation and the one made ahead of need are all
// there is, in the engine and on the disk.
func requireOneSpare(t testing.TB, f *fixture, s *stack.Stack) {
	t.Helper()
	s.Settle()
	require.Equal(t, map[string]int{"running": 1, "created": 1}, f.census())
	folders := f.folders()
	require.Len(t, folders, 2)
	require.Contains(t, folders, s.Live().Number)
}

// spare is the container that waits.
func (f *fixture) spare() docker.Container {
	f.t.Helper()
	list, err := f.engine.Containers(enginetest.Context(f.t), map[string]string{stack.InstanceLabel: f.name})
	require.NoError(f.t, err)
	for _, c := range list {
		if c.State == "created" {
			return c
		}
	}
	require.Fail(f.t, "no spare")
	return docker.Container{}
}
