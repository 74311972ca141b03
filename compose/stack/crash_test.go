package stack_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// crashEnv tells this test binary to be the process that is killed:
// "STEP PROJECT FILE".
const crashEnv = "DEVPROXY_TEST_CRASH"

func TestMain(m *testing.M) {
	if plan := os.Getenv(crashEnv); plan != "" {
		fmt.Println("error:", deployUntil(strings.Fields(plan)))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// deployUntil deploys and stays for ever at the named step, having said so.
func deployUntil(plan []string) error {
	step, name, file := plan[0], plan[1], plan[2]
	ctx := context.Background()
	stay := func(here string) {
		if here == step {
			fmt.Println("reached", here)
			select {}
		}
	}
	loaded, err := project.Load(ctx, project.Options{Files: []string{file}, Name: name, Environ: []string{"HOME=/"}})
	if err != nil {
		return err
	}
	engine, err := docker.Connect(ctx, docker.Options{})
	if err != nil {
		return err
	}
	s, err := stack.New(stack.Options{
		Engine: engine, Project: loaded, Instance: name, Runner: "runner", StateDir: filepath.Dir(file),
		Probe: func(_ context.Context, address string) error {
			response, err := http.Get("http://" + address + "/healthz")
			if err != nil {
				return err // one that is not ready yet would not be adopted
			}
			stay("probing")
			return response.Body.Close()
		},
		Promote: func(context.Context, *stack.Generation) error {
			stay("promoting")
			return nil
		},
	})
	if err != nil {
		return err
	}
	if _, err := s.Deploy(ctx); err != nil {
		return err
	}
	stay("retiring")
	s.Settle()
	stay("idle")
	return errors.New("never reached " + step)
}

func TestAProcessKilledAtAnyStepLeavesOneGenerationToAdopt(t *testing.T) {
	for _, step := range []string{"probing", "promoting", "retiring"} {
		for _, earlier := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s after %d", step, earlier), func(t *testing.T) {
				f := newFixture(t)
				ctx := enginetest.Context(t)
				yaml := f.runner("    container_name: " + f.name + "-fixed\n    environment: {IGNORE_TERM: 1, VERSION: v}\n")
				s := f.stack(yaml, nil)
				for range earlier {
					_, err := s.Deploy(ctx)
					require.NoError(t, err)
				}
				kill9(t, fmt.Sprintf("%s %s %s/compose.yaml", step, f.name, f.dir))
				next := f.stack(yaml, nil)
				require.NoError(t, next.Up(ctx))
				require.Equal(t, "v", version(t, next.Live()))
				require.True(t, next.Live().Adopted)
				require.Equal(t, map[string]int{"running": 1}, f.census())
				named, err := f.engine.Inspect(ctx, f.name+"-fixed")
				require.NoError(t, err)
				require.Equal(t, next.Live().Container, named.ID)
			})
		}
	}
}

// kill9 runs this test binary until it reaches the step and kills it there.
func kill9(t *testing.T, plan string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashEnv+"="+plan)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	said, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, said, "reached")
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())
}
