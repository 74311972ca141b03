package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocker_a_program_that_is_built_is_rebuilt_and_swapped_under_load(t *testing.T) {
	p := newComposeProject(t, "    develop: {watch: [{action: rebuild, path: ./service}]}\n")
	s := p.up()
	awaitBuild(t, s, "first")
	l := &load{t: t, url: s.url + "/runner/x", stop: make(chan struct{})}
	for i := range 4 {
		l.workers.Go(func() { l.run(i) })
	}
	const builds = 8
	for i := range builds {
		name := "build" + strconv.Itoa(i)
		p.build(name)
		begun := time.Now()
		awaitBuild(t, s, name)
		t.Logf("%s answers %v after it was built", name, time.Since(begun).Round(time.Millisecond))
	}
	close(l.stop)
	l.workers.Wait()
	t.Logf("%d requests, %d builds seen", l.served.Load(), l.seen())
	assert.GreaterOrEqual(t, l.highest.Load(), int64(builds+1))
	_, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
}

func TestDocker_a_rebuild_that_fails_is_told_and_the_next_good_one_takes_that_back(t *testing.T) {
	p := newComposeProject(t, "    develop: {watch: [{action: rebuild, path: ./Dockerfile}]}\n")
	s := p.up()
	awaitBuild(t, s, "first")
	good, err := os.ReadFile(filepath.Join(p.dir, "Dockerfile"))
	require.NoError(t, err)
	p.write("Dockerfile", "FROM scratch\nCOPY nothing /service\n")
	status := func(c *assert.CollectT) string {
		out, err := s.command(t, "status").CombinedOutput()
		assert.NoError(c, err)
		return string(out)
	}
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.Contains(c, status(c), "build_failed")
	}, time.Minute, 50*time.Millisecond, "%s", s.output)
	res, err := http.Get(s.url + "/runner/x")
	require.NoError(t, err)
	res.Body.Close()
	assert.Equal(t, 200, res.StatusCode, "the one before goes on")
	p.write("Dockerfile", strings.Replace(string(good), "EXPOSE", "LABEL a=b\nEXPOSE", 1))
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.NotContains(c, status(c), "build_failed")
	}, time.Minute, 50*time.Millisecond, "%s", s.output)
}

func TestDocker_a_file_that_keeps_changing_is_rebuilt_all_the_same(t *testing.T) {
	p := newComposeProject(t, "    develop: {watch: [{action: rebuild, path: ./noise}]}\n")
	p.write("noise", "-")
	dockerfile, err := os.ReadFile(filepath.Join(p.dir, "Dockerfile"))
	require.NoError(t, err)
	p.write("Dockerfile", string(dockerfile)+"COPY noise /noise\n")
	s := p.up()
	awaitBuild(t, s, "first")
	giveUp := time.Now().Add(time.Minute)
	generation := func() int {
		res, err := http.Get(s.url + "/runner/x")
		require.NoError(t, err)
		defer res.Body.Close()
		n, err := strconv.Atoi(res.Header.Get("X-Runner-Generation"))
		require.NoError(t, err)
		return n
	}
	for i := 0; generation() < 3; i++ {
		require.True(t, time.Now().Before(giveUp), "it is never built\n%s", s.output)
		p.write("noise", strconv.Itoa(i))
		<-time.After(20 * time.Millisecond) // a program that writes a log does it at its own pace
	}
	_, err = s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
}

func TestDocker_of_programs_built_in_quick_succession_the_last_one_stays(t *testing.T) {
	p := newComposeProject(t, "    develop: {watch: [{action: rebuild, path: ./service}]}\n")
	s := p.up()
	awaitBuild(t, s, "first")
	var programs [][]byte
	for i := range 5 {
		p.build("quick" + strconv.Itoa(i))
		content, err := os.ReadFile(filepath.Join(p.dir, "service"))
		require.NoError(t, err)
		programs = append(programs, content)
	}
	awaitBuild(t, s, "quick4")
	for turn := range 4 {
		for _, program := range programs {
			next := filepath.Join(p.dir, "next")
			require.NoError(t, os.WriteFile(next, program, 0o755))
			require.NoError(t, os.Rename(next, filepath.Join(p.dir, "service")))
		}
		awaitBuild(t, s, "quick4")
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, "service"), programs[turn], 0o755))
		awaitBuild(t, s, "quick"+strconv.Itoa(turn))
	}
	_, err := s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
}
