package docker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

// logs reads what a container wrote so far.
func logs(t *testing.T, engine *docker.Engine, id string, tty bool) []string {
	t.Helper()
	var lines []string
	require.NoError(t, engine.Logs(enginetest.Context(t), id, docker.LogQuery{TTY: tty, Tail: -1, Follow: true}, func(l docker.LogLine) error {
		require.False(t, l.Time.IsZero())
		lines = append(lines, string(l.Stream)+" "+l.Text)
		return nil
	}))
	return lines
}

func TestLongLinesArriveWhole(t *testing.T) {
	engine := enginetest.Engine(t)
	image := enginetest.Image(t, engine)
	for name, tty := range map[string]bool{"multiplexed": false, "terminal": true} {
		t.Run(name, func(t *testing.T) {
			p := project(t, fmt.Sprintf(`services: {app: {image: x, tty: %t,
				environment: {LINES: "2", LONG: "20000", EXIT_AFTER_MS: "1"}}}`, tty))
			stderr := "stderr "
			if tty {
				stderr = "stdout "
			}
			id := run(t, engine, docker.ContainerSpec{Project: p, Image: image})
			require.ElementsMatch(t, []string{
				"stdout  line 1", "stdout  line 2",
				"stdout " + strings.Repeat("€", 20000), stderr + strings.Repeat("ü", 20000),
			}, logs(t, engine, id, tty))
		})
	}
}

func TestALineTheEngineDamagedIsStillOneLine(t *testing.T) {
	engine := enginetest.Engine(t)
	image := enginetest.Image(t, engine)
	for name, tty := range map[string]bool{"multiplexed": false, "terminal": true} {
		t.Run(name, func(t *testing.T) {
			p := project(t, fmt.Sprintf(`services: {app: {image: x, tty: %t, logging: {driver: json-file},
				environment: {LONG: "20000", EXIT_AFTER_MS: "1"}}}`, tty))
			id := run(t, engine, docker.ContainerSpec{Project: p, Image: image})
			lines := logs(t, engine, id, tty)
			require.Len(t, lines, 2)
			for _, line := range lines {
				// json-file stores the halves of a split character as two of these.
				require.LessOrEqual(t, strings.Count(line, "\uFFFD"), 6)
				require.Greater(t, strings.Count(line, "€")+strings.Count(line, "ü"), 19990)
				require.NotContains(t, line, "Z ")
			}
		})
	}
}

func TestLogsKeepToTailAndSince(t *testing.T) {
	engine := enginetest.Engine(t)
	p := project(t, `services: {app: {image: x, environment: {LINES: "5", EXIT_AFTER_MS: "1"}}}`)
	id := run(t, engine, docker.ContainerSpec{Project: p, Image: enginetest.Image(t, engine)})
	_, err := engine.WaitExit(enginetest.Context(t), id)
	require.NoError(t, err)
	var all, tail, since []docker.LogLine
	read := func(into *[]docker.LogLine, query docker.LogQuery) {
		require.NoError(t, engine.Logs(t.Context(), id, query, func(l docker.LogLine) error {
			*into = append(*into, l)
			return nil
		}))
	}
	read(&all, docker.LogQuery{Tail: -1})
	require.Len(t, all, 5)
	read(&tail, docker.LogQuery{Tail: 2})
	require.Equal(t, all[3:], tail)
	read(&since, docker.LogQuery{Tail: -1, Since: all[2].Time})
	require.Equal(t, all[2:], since)
}
