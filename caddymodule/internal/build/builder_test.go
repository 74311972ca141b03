package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// record notes what a Builder did. Its builds take a while of the bubble's
// time, and read the saved content at their end as a real one may.
type record struct {
	takes   time.Duration
	command string

	mu    sync.Mutex
	saved int
	jobs  []Job
	whole []int // the content of each build that was not cut short
	began []time.Duration
	start time.Time
	loops []event.Problem
}

func (r *record) hooks() Hooks {
	r.start = time.Now()
	return Hooks{
		Build: func(ctx context.Context, job Job) Result {
			r.mu.Lock()
			r.jobs, r.began = append(r.jobs, job), append(r.began, time.Since(r.start))
			r.mu.Unlock()
			select {
			case <-ctx.Done():
				return Result{Superseded: true, Command: r.command}
			case <-time.After(r.takes):
				return Result{Command: r.command}
			}
		},
		Done: func(_ Job, result Result) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if result.OK() {
				r.whole = append(r.whole, r.saved)
			}
		},
		Loops: func(_ event.Target, p event.Problem) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.loops = append(r.loops, p)
		},
	}
}

func (r *record) save(b *Builder, files ...string) {
	r.mu.Lock()
	r.saved++
	r.mu.Unlock()
	b.Start(event.UI, files...)
}

func TestBuilder_builds_50_saves_within_2_seconds_at_most_twice(t *testing.T) {
	for _, takes := range []time.Duration{0, 5 * time.Millisecond, 300 * time.Millisecond, 7 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &record{takes: takes, command: "make"}
				b := NewBuilder(t.Context(), t.TempDir(), r.hooks())
				defer b.Close()
				for range 50 {
					r.save(b, "ui/main.ts")
					time.Sleep(40 * time.Millisecond)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				assert.Len(t, r.jobs, 2)
				assert.Equal(t, []time.Duration{0, 49*40*time.Millisecond + calm}, r.began)
				assert.Equal(t, 50, r.whole[len(r.whole)-1], "the last content wins")
				assert.Empty(t, r.loops)
			})
		})
	}
}

func TestBuilder_builds_single_saves_at_once(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &record{takes: time.Millisecond}
		b := NewBuilder(t.Context(), t.TempDir(), r.hooks())
		defer b.Close()
		for range 20 {
			r.save(b, "ui/main.ts")
			time.Sleep(150 * time.Millisecond)
		}
		synctest.Wait()
		require.Len(t, r.began, 20)
		for n, at := range r.began {
			assert.Equal(t, time.Duration(n)*150*time.Millisecond, at)
		}
		assert.Equal(t, Job{Target: event.UI, Number: 20, Changed: []string{"ui/main.ts"}}, r.jobs[19])
	})
}

func TestBuilder_does_not_wait_for_ever_for_calm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &record{}
		b := NewBuilder(t.Context(), t.TempDir(), r.hooks())
		defer b.Close()
		for range 300 {
			r.save(b, "ui/main.ts")
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		assert.Equal(t, []time.Duration{0, longest, 2 * longest}, r.began)
	})
}

func TestBuilder_cuts_short_what_is_outdated_and_builds_once_for_all(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &record{takes: 5 * time.Second}
		b := NewBuilder(t.Context(), t.TempDir(), r.hooks())
		defer b.Close()
		r.save(b)
		time.Sleep(time.Second)
		r.save(b, "b.ts", "a.ts")
		time.Sleep(time.Second)
		r.save(b, "c.ts")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Equal(t, []Job{{event.UI, 1, []string{}}, {event.UI, 2, []string{"a.ts", "b.ts"}}, {event.UI, 3, []string{"a.ts", "b.ts", "c.ts"}}}, noNil(r.jobs))
		assert.Equal(t, []int{3}, r.whole)
	})
}

// noNil makes an empty list of changes one, however it is written down.
func noNil(jobs []Job) []Job {
	for i := range jobs {
		jobs[i].Changed = append([]string{}, jobs[i].Changed...)
	}
	return jobs
}

func TestBuilder_builds_targets_beside_each_other(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &record{takes: time.Second}
		b := NewBuilder(t.Context(), t.TempDir(), r.hooks())
		defer b.Close()
		b.Start(event.UI)
		b.Start(event.Handler)
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Len(t, r.whole, 2)
	})
}

func TestBuilder_ends_with_its_context_or_Close(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &record{takes: time.Hour}
		ctx, cancel := context.WithCancel(t.Context())
		b := NewBuilder(ctx, t.TempDir(), r.hooks())
		r.save(b)
		synctest.Wait()
		cancel()
		synctest.Wait()
		r.save(b)
		b.Close()
		b.Close()
		r.save(b)
		assert.Len(t, r.jobs, 1)
		assert.Empty(t, r.whole)
	})
}

// watched saves what a command writes, as a watcher tells it, while the build
// runs.
func watched(b *Builder, r *record, offset func(run int) time.Duration) func(ctx context.Context, job Job) Result {
	build := r.hooks().Build
	return func(ctx context.Context, job Job) Result {
		timer := time.AfterFunc(offset(job.Number), func() { b.Start(event.UI, "gen.ts") })
		defer timer.Stop()
		return build(ctx, job)
	}
}

func TestBuilder_stops_a_build_that_starts_itself_and_names_the_file(t *testing.T) {
	for name, offset := range map[string]func(int) time.Duration{
		"early in it":     func(int) time.Duration { return 200 * time.Millisecond },
		"late in it":      func(n int) time.Duration { return 4*time.Second + time.Duration(n)*90*time.Millisecond },
		"at any old time": func(n int) time.Duration { return time.Duration(1+3*(n%2)) * time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &record{takes: 5 * time.Second, command: "make"}
				hooks := r.hooks()
				b := NewBuilder(t.Context(), t.TempDir(), hooks)
				defer b.Close()
				b.hooks.Build = watched(b, r, offset)
				r.save(b, "a.ts")
				time.Sleep(time.Minute)
				synctest.Wait()
				reruns := mostReruns
				if name == "at any old time" {
					reruns = certainReruns
				}
				require.Len(t, r.jobs, 1+reruns)
				require.Len(t, r.loops, 1)
				assert.Equal(t, CodeLoops, r.loops[0].Code)
				assert.Equal(t, "gen.ts", r.loops[0].File)
				assert.Len(t, r.whole, 1, "the last run is left to end")

				r.save(b, "a.ts")
				time.Sleep(time.Minute)
				synctest.Wait()
				assert.Len(t, r.jobs, 2+reruns, "a person's save builds once")
				assert.Len(t, r.whole, 2)
			})
		})
	}
}

func TestBuilder_leaves_a_build_alone_that_settles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &record{takes: time.Second, command: "make"}
		b := NewBuilder(t.Context(), t.TempDir(), r.hooks())
		defer b.Close()
		b.hooks.Build = watched(b, r, func(run int) time.Duration {
			if run%2 == 0 {
				return time.Hour // it finds the file as it would write it
			}
			return 500 * time.Millisecond
		})
		for range 5 {
			r.save(b, "a.ts")
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		assert.Empty(t, r.loops)
		require.Len(t, r.jobs, 10, "one rerun each")
		assert.Equal(t, []string{"a.ts", "gen.ts"}, r.jobs[1].Changed)
		assert.Len(t, r.whole, 5)
	})
}

func TestBuilder_does_not_take_a_person_for_a_loop(t *testing.T) {
	for name, every := range map[string]time.Duration{"often": 700 * time.Millisecond, "each second": time.Second, "seldom": 3 * time.Second, "after each build": 5100 * time.Millisecond, "during long builds": 20 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &record{takes: 5 * time.Second, command: "make"}
				if every > r.takes*2 {
					r.takes = time.Minute
				}
				dir := t.TempDir()
				b := NewBuilder(t.Context(), dir, r.hooks())
				defer b.Close()
				for n := range 30 {
					write(t, dir, "a.ts", strconv.Itoa(n))
					require.NoError(t, os.Chtimes(filepath.Join(dir, "a.ts"), time.Now(), time.Now()))
					r.save(b, "a.ts")
					time.Sleep(every)
				}
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				assert.Empty(t, r.loops)
				assert.Equal(t, 30, r.whole[len(r.whole)-1])
			})
		})
	}
}

func TestBuilder_notices_a_real_command_that_writes_what_it_starts_from(t *testing.T) {
	dir := folder(t, nil)
	command := Shell(dir, `echo "$$" > gen.ts`)
	stopped := make(chan event.Problem, 1)
	var b *Builder
	b = NewBuilder(t.Context(), dir, Hooks{
		Build: func(ctx context.Context, _ Job) Result { return Execute(ctx, command, nil) },
		Done:  func(Job, Result) { b.Start(event.Handler, "gen.ts") },
		Loops: func(_ event.Target, p event.Problem) { stopped <- p },
	})
	defer b.Close()
	b.Start(event.Handler)
	select {
	case p := <-stopped:
		assert.Equal(t, "gen.ts", p.File)
	case <-time.After(30 * time.Second):
		require.Fail(t, "it goes on and on")
	}
}

func TestBuilder_ends_the_processes_of_an_outdated_build(t *testing.T) {
	dir := folder(t, map[string]string{"content": "old"})
	command := Shell(dir, `if [ $(cat content) = old ]; then echo started; sleep 1000 & wait; fi; cat content`)
	results := make(chan Result, 2)
	var once sync.Once
	var b *Builder
	b = NewBuilder(t.Context(), dir, Hooks{
		Build: func(ctx context.Context, _ Job) Result {
			return Execute(ctx, command, func(line string) {
				once.Do(func() {
					assert.Equal(t, "started", line)
					write(t, dir, "content", "new")
					b.Start(event.Handler, "content")
				})
			})
		},
		Done: func(_ Job, result Result) { results <- result },
	})
	defer b.Close()
	b.Start(event.Handler)
	first, err := receive(results)
	require.NoError(t, err)
	assert.True(t, first.Superseded)
	second, err := receive(results)
	require.NoError(t, err)
	assert.Equal(t, []string{"new"}, second.Output)
}

func receive(results <-chan Result) (Result, error) {
	select {
	case result := <-results:
		return result, nil
	case <-time.After(30 * time.Second):
		return Result{}, errors.New("nothing came")
	}
}
