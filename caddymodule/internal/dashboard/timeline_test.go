package dashboard

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

var dawn = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(ms int) time.Time { return dawn.Add(time.Duration(ms) * time.Millisecond) }

// bars are a run's steps as "name target from-to".
func bars(r Run) (list []string) {
	for _, s := range r.Steps {
		text := fmt.Sprintf("%s%s %d-", s.Name, s.Target, s.From.Sub(dawn).Milliseconds())
		if !s.To.IsZero() {
			text += fmt.Sprint(s.To.Sub(dawn).Milliseconds())
		}
		if s.Failed {
			text += "!"
		}
		list = append(list, text)
	}
	return list
}

func only(t *testing.T, line *timeline) Run {
	t.Helper()
	require.Len(t, line.runs(), 1)
	return line.runs()[0]
}

func TestTimeline_shows_each_step_of_a_save(t *testing.T) {
	line := newTimeline()
	for _, e := range []event.Event{
		event.BuildStarted{Extension: "a.b", Number: 1, Target: event.Handler, Changed: []string{"src/a.ts"}, At: at(10)},
		event.BuildStarted{Extension: "a.b", Number: 2, Target: event.UI, Changed: []string{"src/a.ts"}, At: at(12)},
		event.BuildEnded{Extension: "a.b", Number: 2, At: at(20)},
		event.BuildEnded{Extension: "a.b", Number: 1, At: at(30)},
		event.Preparing{Extension: "a.b", Build: "b1", At: at(35)},
		event.Published{Extension: "a.b", Build: "b1", Changed: []string{"ui/x.js"}, SavedAt: at(4), At: at(90)},
	} {
		require.NotNil(t, line.apply(e))
	}
	run := only(t, &line)
	assert.Equal(t, []string{"save 4-10", "buildhandler 10-30", "buildui 12-20", "publish 30-35", "prepare 35-90"}, bars(run))
	assert.Equal(t, Published, run.Outcome)
	assert.Equal(t, at(90), run.Ended)
	assert.Equal(t, []string{"src/a.ts", "ui/x.js"}, run.Changed)

	assert.Nil(t, line.shown("b1", at(80), at(95)), "a request from before is none of a reload")
	assert.Nil(t, line.shown("", at(100), at(101)))
	assert.NotNil(t, line.shown("b1", at(100), at(104)))
	assert.Nil(t, line.shown("b1", at(105), at(106)), "the first one counts")
	assert.Contains(t, bars(only(t, &line)), "reload 90-104")
}

func TestTimeline_shows_files_that_need_no_build(t *testing.T) {
	line := newTimeline()
	line.apply(event.Published{Extension: "a.b", Build: "b1", At: at(0)})
	line.apply(event.Published{Extension: "a.b", Build: "b2", Changed: []string{"ui/a.css"}, SavedAt: at(100), At: at(103)})
	require.Len(t, line.runs(), 2)
	assert.Equal(t, []string{"publish 100-103"}, bars(line.runs()[1]))
	assert.Nil(t, line.apply(event.Published{Extension: "a.b", Build: "b2", At: at(110)}), "it is told again to new pages")
}

func TestTimeline_tells_a_failure_once_and_goes_on(t *testing.T) {
	line := newTimeline()
	line.apply(event.BuildStarted{Extension: "a.b", Number: 1, Target: event.UI, At: at(0)})
	failed := event.BuildFailed{Extension: "a.b", Number: 1, Target: event.UI, Problems: []event.Problem{{File: "a.ts", Line: 2, Message: "bad"}}, At: at(9)}
	require.NotNil(t, line.apply(failed))
	assert.Nil(t, line.apply(failed))
	run := only(t, &line)
	assert.Equal(t, []string{"buildui 0-9!"}, bars(run))
	assert.Equal(t, at(9), run.Ended)
	assert.Equal(t, Failed, run.Outcome)
	assert.Equal(t, "a.ts:2: bad", run.Problem)

	line.apply(event.BuildStarted{Extension: "a.b", Number: 2, Target: event.UI, At: at(50)})
	line.apply(event.BuildEnded{Extension: "a.b", Number: 2, At: at(55)})
	line.apply(event.Published{Extension: "a.b", Build: "b1", SavedAt: at(49), At: at(60)})
	require.Len(t, line.runs(), 2)
	assert.Equal(t, Unchanged, line.runs()[1].Outcome)
}

func TestTimeline_ends_the_bar_of_a_handler_that_is_compiled_after_it_is_published(t *testing.T) {
	line := newTimeline()
	line.apply(event.Published{Extension: "a.b", Build: "b1", At: at(0)})
	line.apply(event.Preparing{Extension: "a.b", Build: "b1", At: at(1)})
	line.apply(event.Published{Extension: "a.b", Build: "b1", At: at(900)})
	assert.Equal(t, []string{"prepare 1-900"}, bars(only(t, &line)))
	assert.Equal(t, at(0), only(t, &line).Ended, "it was published by then")
	assert.Equal(t, Published, only(t, &line).Outcome)
}

func TestTimeline_is_bounded(t *testing.T) {
	line := newTimeline()
	for n := range keptRuns * mostSteps * 2 {
		line.apply(event.BuildStarted{Extension: "a.b", Number: n + 1, Target: event.UI, Changed: []string{"a", "b"}, At: at(n)})
	}
	runs := line.runs()
	assert.Len(t, runs, keptRuns)
	for _, run := range runs {
		assert.LessOrEqual(t, len(run.Steps), mostSteps)
		assert.LessOrEqual(t, len(run.Changed), mostChanged)
	}
}

func TestTimeline_names_as_many_files_as_fit_each_once(t *testing.T) {
	line := newTimeline()
	line.apply(event.BuildStarted{Extension: "a.b", Number: 1, Target: event.UI, Changed: []string{"a", "b"}, At: at(0)})
	line.apply(event.Published{Extension: "a.b", Build: "b1", Changed: []string{"a", "b", "c", "d", "e", "f"}, SavedAt: at(0), At: at(9)})
	assert.Equal(t, []string{"a", "b", "c", "d", "e"}, only(t, &line).Changed)
}

func TestTimeline_shows_that_an_earlier_build_is_used_and_the_return(t *testing.T) {
	line := newTimeline()
	line.apply(event.Published{Extension: "a.b", Build: "b1", At: at(0)})
	line.apply(event.Published{Extension: "a.b", Build: "b2", SavedAt: at(8), Changed: []string{"ui/a.js"}, At: at(10)})
	used := event.Published{Extension: "a.b", Build: "b1", Earlier: true, Changed: []string{"ui/a.js"}, At: at(20)}
	require.NotNil(t, line.apply(used))
	assert.Nil(t, line.apply(used), "told again to new pages")
	assert.NotNil(t, line.shown("b1", at(21), at(22)))
	require.NotNil(t, line.apply(event.Published{Extension: "a.b", Build: "b2", Changed: []string{"ui/a.js"}, At: at(30)}))
	var outcomes []string
	for _, run := range line.runs() {
		outcomes = append(outcomes, run.Outcome+" "+run.Build)
	}
	assert.Equal(t, []string{"published b1", "published b2", "earlier b1", "published b2"}, outcomes)
}
