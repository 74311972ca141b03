package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// saves is how many the proof of the change loop takes.
const saves = 200

func TestLoop_shows_every_one_of_200_saves_and_leaves_the_host_alone(t *testing.T) {
	w := newExtension(t).up()
	w.waitForHandlers(t)
	w.open()
	first := w.painted("ui-0", "handler-0")
	born := map[float64]bool{first.Born: true}
	builds := map[string]string{first.Build: "ui-0 handler-0"}

	ui, handler := "ui-0", "handler-0"
	for i := 1; i <= saves; i++ {
		if i%2 == 0 || i%10 == 5 {
			handler = fmt.Sprint("handler-", i)
			w.saveHandler(handler)
		}
		if i%2 == 1 {
			ui = fmt.Sprint("ui-", i)
			w.saveUI(ui)
		}
		shown := w.painted(ui, handler)
		assert.Empty(t, shown.Error)
		assert.NotContains(t, builds, shown.Build, "another content has another build id")
		builds[shown.Build] = ui + " " + handler
		assert.False(t, born[shown.Born], "the iframe was loaded again")
		born[shown.Born] = true
		w.answersFrom(shown)
	}
	w.saveUI("ui-0")
	w.saveHandler("handler-0")
	assert.Equal(t, first.Build, w.painted("ui-0", "handler-0").Build, "the same content has the same build id")

	assert.GreaterOrEqual(t, evaluate[int](t, w.tab, `paints.length`), saves, "each was greeted by the host's bridge anew")
	assert.Equal(t, "half a sentence 700", evaluate[string](t, w.tab, `typed.value + " " + scrollY`))
	assert.True(t, evaluate[bool](t, w.tab, `paints.every(({ error }) => error === "")`), "no call failed")
}

// answersFrom asserts that files and handler are those of the build that is
// shown.
func (w *workbench) answersFrom(shown facts) {
	w.t.Helper()
	script := w.asset(anyHash, "main.js")
	called := w.call()
	assert.Equal(w.t, []string{shown.Build, shown.Build}, []string{script.build, called.build})
	assert.Contains(w.t, script.body, fmt.Sprintf("%q", shown.UI))
	assert.JSONEq(w.t, fmt.Sprintf(`{"handler":%q}`, shown.Handler), called.body)
}

func TestLoop_builds_twice_at_most_for_50_saves_in_two_seconds(t *testing.T) {
	w := newExtension(t).up()
	w.waitForHandlers(t)
	w.open()
	w.painted("ui-0", "handler-0")
	before := w.status()
	published := strings.Count(w.output.String(), "published")

	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	// where the machine pauses, it is two bursts that it sees
	bursts, last := 1, time.Now()
	for i := range 50 {
		<-tick.C
		if time.Since(last) > 60*time.Millisecond {
			bursts++
		}
		last = time.Now()
		w.saveUI(fmt.Sprint("ui-", i+1))
	}
	shown := w.painted("ui-50", "handler-0")
	w.answersFrom(shown)
	after := w.status()
	assert.NotEqual(t, before.Hash, after.Hash)
	require.Equal(t, shown.Build, after.Build)
	assert.LessOrEqual(t, strings.Count(w.output.String(), "published")-published, 2*bursts)
	assert.LessOrEqual(t, evaluate[int](t, w.tab, `new Set(paints.map(({ build }) => build)).size`), 1+2*bursts, "the first, and two")
}
