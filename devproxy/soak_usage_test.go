//go:build unix

package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// usageSlack is how much more a devproxy may hold in the end than at first,
// both times with nobody asking: what a backend does now and then.
const usageSlack = 10

// usage is what a process holds.
type usage struct {
	goroutines, files int
	stacks            map[string]int // goroutines by what they do
	names             map[string]int // files by what they are, where the system says so
}

var (
	goroutineTotal = regexp.MustCompile(`^goroutine profile: total (\d+)`)
	goroutineGroup = regexp.MustCompile(`(?m)^(\d+) @.*\n((?:#.*\n)*)`)
)

// project is the one of this devproxy.
func (s *soak) project() project {
	s.t.Helper()
	return projectOf(s.t, s.started)
}

// usage asks the admin socket, and the system.
func (s *soak) usage() (usage, error) {
	var u usage
	err := newAdmin(s.project()).do(s.t.Context(), "GET", "/debug/pprof/goroutine?debug=1", func(body io.Reader) error {
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		u.goroutines, err = strconv.Atoi(goroutineTotal.FindStringSubmatch(string(text))[1])
		u.stacks = map[string]int{}
		for _, group := range goroutineGroup.FindAllStringSubmatch(string(text), -1) {
			count, _ := strconv.Atoi(group[1])
			u.stacks[group[2]] += count
		}
		return err
	})
	if err != nil {
		return u, err
	}
	p, err := process.NewProcess(int32(s.cmd.Process.Pid))
	if err != nil {
		return u, err
	}
	files, err := p.NumFDs()
	u.files = int(files)
	u.names = namesOfFiles(s.cmd.Process.Pid)
	for kind, most := range remembered {
		u.files -= min(u.names[kind], most)
	}
	return u, err
}

// remembered are files that are more after each save, and how many at most: what
// the instances of handlers begin with, of which the engine remembers 16, and the
// files of the 20 builds that one can go back to, of which a save changes one or
// two.
var remembered = map[string]int{"/memfd:devproxy-handler (deleted)": 16, objects: 2 * 20}

// objects are files of builds, whatever their content.
const objects = "/objects/"

var digits = regexp.MustCompile(`\d+`)

// namesOfFiles counts the files of a process by their names without numbers, on
// Linux.
func namesOfFiles(pid int) map[string]int {
	names := map[string]int{}
	open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, file := range open {
		name, err := os.Readlink(file)
		switch {
		case err != nil: // it was closed meanwhile
		case strings.Contains(name, objects):
			names[objects]++
		default:
			names[digits.ReplaceAllString(name, "N")]++
		}
	}
	return names
}

// grown lists what there is more of than before.
func grown(now, before map[string]int) string {
	var more strings.Builder
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if n := now[name] - before[name]; n > 0 {
			fmt.Fprintf(&more, "%d more:\n%s\n", n, name)
		}
	}
	return more.String()
}

// newLife notes what a devproxy holds that has answered everything once, in
// docker and embedded, while nobody asks.
func (s *soak) newLife() {
	s.t.Helper()
	s.use("embedded")
	s.settle("embedded is used")
	s.use("docker")
	s.settle("docker is used")
	s.load.stop()
	s.restful = s.rest(func(usage) bool { return true })
	s.t.Logf("          at rest: %d goroutines, %d open files", s.restful.goroutines, s.restful.files)
	s.load.run()
}

// crashed is how a Go program ends that nobody has ended.
var crashed = regexp.MustCompile(`.*(?:panic: |fatal error: |DATA RACE|\[signal SIG)(?:.*\n){0,20}`)

// endLife is when a devproxy has been through all of it, with the load off. It
// prints what the runner does, too.
func (s *soak) endLife() {
	s.t.Helper()
	assert.Empty(s.t, crashed.FindString(s.output.String()), "devproxy or the runner crashed")
	s.use("docker")
	s.settle("docker is used")
	s.load.stop()
	last := s.rest(func(u usage) bool {
		return u.goroutines <= s.restful.goroutines+usageSlack && u.files <= s.restful.files+usageSlack
	})
	s.t.Logf("          at rest: %d goroutines, %d open files\n%s", last.goroutines, last.files, grown(last.names, s.restful.names))
	s.publishedOnce()
}

// rest waits until the number of goroutines is the same twice in a row and
// holds says so.
func (s *soak) rest(holds func(usage) bool) usage {
	s.t.Helper()
	var last usage
	calm := assert.Eventually(s.t, func() bool {
		u, err := s.usage()
		if err != nil {
			return false
		}
		same := u.goroutines == last.goroutines && u.files == last.files
		last = u
		return same && holds(u)
	}, 3*time.Minute, 2*time.Second)
	if !calm {
		require.Failf(s.t, "devproxy holds more than before", "%d goroutines and %d files, before %d and %d\n%s%s",
			last.goroutines, last.files, s.restful.goroutines, s.restful.files, grown(last.stacks, s.restful.stacks), grown(last.names, s.restful.names))
	}
	return last
}

var publishedBuild = regexp.MustCompile(`"msg":"published ([0-9a-f]{12})`)

// publishedOnce checks that no build was told twice: each has another content.
func (s *soak) publishedOnce() {
	s.t.Helper()
	times := map[string]int{}
	for _, match := range publishedBuild.FindAllStringSubmatch(s.output.String(), -1) {
		times[match[1]]++
	}
	s.t.Logf("          %d builds were published", len(times))
	for build, count := range times {
		assert.Equal(s.t, 1, count, "build %s was published more than once\n%s", build, s.output)
	}
}

// leavesNothing ends devproxy as a developer does, and looks for what is left.
func (s *soak) leavesNothing() {
	s.t.Helper()
	p, group := s.project(), strconv.Itoa(s.cmd.Process.Pid)
	status, err := s.status()
	require.NoError(s.t, err)
	_, err = s.interrupt(s.t)
	assert.NoError(s.t, err)
	out, err := s.command(s.t, "down", "-v").CombinedOutput()
	assert.NoError(s.t, err, "%s", out)
	for _, label := range []string{"dev.devproxy.instance=" + p.instance(), "com.docker.compose.project=" + status.Compose.Name} {
		for what, list := range map[string][]string{
			"container": {"ps", "--all"}, "image": {"images", "--all"}, "network": {"network", "ls"}, "volume": {"volume", "ls"},
		} {
			assert.Empty(s.t, s.ask(append(list, "--quiet", "--filter=label="+label)...), "a %s is left", what)
		}
	}
	assert.Empty(s.t, s.ask("images", "--quiet", "devproxy-runner:"+p.instance()), "our image is left")
	assert.Empty(s.t, inGroup(s.t, group), "a process is left")
	assert.Empty(s.t, filesBelow(s.t, filepath.Join(s.place.state, "tmp")), "a temporary file is left")
	assert.NoFileExists(s.t, p.AdminSocket())
	for _, name := range filesBelow(s.t, s.place.state) {
		assert.NotRegexp(s.t, `\.sock$|\.tmp$|/\.[^/]+$`, name, "the state folder holds what is no state")
	}
}

func filesBelow(t require.TestingT, dir string) (names []string) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}
