package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkFirst_call_of_a_generation measures the first and the second call of a
// handler in turns: after a restart, for which the new container was warmed, and
// after a death, when nothing serves and nobody waits for that.
func BenchmarkFirst_call_of_a_generation(b *testing.B) {
	dockerEngine(b)
	s := startUp(b, "--backend", "docker", "--extension", hello(b))
	greetedBy(b, s, "docker")
	instance := projectOf(b, s).instance()
	calls := map[string][]time.Duration{}
	call := func(name string) { calls[name] = append(calls[name], greetedBy(b, s, "docker")) }
	for b.Loop() {
		require.NoError(b, restart(b, s, false))
		call("warm")
		call("second")
		live := liveContainer(b, instance)
		dockerSays(b, "kill", live)
		require.Eventually(b, func() bool { return startedAgain(b, live) }, startLimit, 10*time.Millisecond)
		require.NoError(b, s.command(b, "wait", "--for", "backend=up").Run())
		call("cold")
		call("second")
	}
	_, err := s.interrupt(b)
	require.NoError(b, err)
	out, err := s.command(b, "down", "-v").CombinedOutput()
	require.NoError(b, err, "%s", out)
	second := median(calls["second"])
	for name, took := range calls {
		b.ReportMetric(float64(median(took).Microseconds())/1000, "ms-p50/"+name)
		b.ReportMetric(float64(median(took))/float64(second), "x-second/"+name)
	}
}

// liveContainer is the newest container of an instance's runner that runs.
func liveContainer(t testing.TB, instance string) string {
	t.Helper()
	newest, _, _ := strings.Cut(strings.TrimSpace(dockerSays(t, "ps", "-q", "--filter", "label=dev.devproxy.instance="+instance)), "\n")
	return newest
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// startedAgain says that a container that was killed runs, and answers.
func startedAgain(t testing.TB, id string) bool {
	t.Helper()
	return strings.TrimSpace(dockerSays(t, "inspect", "-f", "{{.State.Status}} {{.State.Health.Status}}", id)) == "running healthy"
}
