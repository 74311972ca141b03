package livereload

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestPage_swaps_a_stylesheet_without_loading_again(t *testing.T) {
	for _, frame := range []string{"a", "c"} {
		t.Run(frame, func(t *testing.T) {
			s := newStage(t, `["`+frame+`"]`)
			before := s.until(t, frame, `f.badgeState === "connected"`)
			s.publish("b1", "rgb(2, 0, 0)", event.Style, "ui/styles/ui.css")
			s.publish("b2", "rgb(3, 0, 0)", event.Style, "ui/styles/ui.css")
			after := s.until(t, frame, `f.color === "rgb(3, 0, 0)" && f.sheets.length === 1`)
			assert.Equal(t, before.Born, after.Born)
			assert.Contains(t, after.Badge, "b2")
		})
	}
}

func TestPage_swaps_a_stylesheet_that_is_still_loading_for_a_newer_one(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	asked := s.hold("b1")
	s.publish("b1", "rgb(2, 0, 0)", event.Style, "ui/styles/ui.css")
	<-asked
	s.publish("b2", "rgb(3, 0, 0)", event.Style, "ui/styles/ui.css")
	s.until(t, "a", `f.color === "rgb(3, 0, 0)" && f.sheets.length === 1`)
}

func TestPage_with_an_address_that_is_none_swaps_a_stylesheet_all_the_same(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	s.tell(t, "a", "stray")
	s.publish("b1", "rgb(2, 0, 0)", event.Style, "ui/styles/ui.css")
	s.until(t, "a", `f.color === "rgb(2, 0, 0)"`)
}

func TestPage_in_full_mode_loads_again_for_a_stylesheet(t *testing.T) {
	s := newStage(t, `[]`)
	s.setMode(Full)
	s.load(t, "a")
	before := s.until(t, "a", `f.badgeState === "connected"`)
	s.publish("b1", "rgb(2, 0, 0)", event.Style, "ui/styles/ui.css")
	after := s.until(t, "a", `f.badge.includes("b1")`)
	assert.NotEqual(t, before.Born, after.Born)
}

func TestPage_loads_again_for_a_stylesheet_that_no_link_names(t *testing.T) {
	s := newStage(t, `["a"]`)
	before := s.until(t, "a", `f.badgeState === "connected"`)
	s.publish("b1", "rgb(2, 0, 0)", event.Style, "ui/styles/imported.css")
	after := s.until(t, "a", `f.badge.includes("b1")  && f.born !== `+number(before.Born))
	assert.Equal(t, "rgb(2, 0, 0)", after.Color)
}

func TestPage_loads_the_iframe_again_and_leaves_the_host_alone(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	do(t, s.tab,
		chromedp.Evaluate[chromedp.Void](`window.marker = {}; window.same = marker; scrollTo(0, 300)`),
		chromedp.SetValue(chromedp.CSS("#field"), "half a sentence"))
	s.tell(t, "a", "name")
	s.tell(t, "a", "scroll")
	before := s.until(t, "a", `f.scroll === 700`)

	s.publish("b1", "rgb(2, 0, 0)", event.Page)
	after := s.until(t, "a", `f.badge.includes("b1") && f.scroll === 700`)

	assert.NotEqual(t, before.Born, after.Born)
	assert.Equal(t, "rgb(2, 0, 0)", after.Color)
	assert.Equal(t, "chosen by the UI", after.Name)
	host, err := chromedp.Run(s.tab, chromedp.Evaluate[[]any](
		`[window.marker !== undefined && window.marker === window.same, field.value, scrollY, foreign.length]`))
	require.NoError(t, err)
	assert.Equal(t, []any{true, "half a sentence", 300.0, 0.0}, host)
}

func TestPage_loads_again_when_another_runner_answers(t *testing.T) {
	s := newStage(t, `["a"]`)
	before := s.until(t, "a", `f.badgeState === "connected"`)
	s.bus.Publish(event.RunnerChanged{Backend: "docker", Generation: 1})
	s.publish("b1", "rgb(2, 0, 0)", event.Style, "ui/styles/ui.css")
	told := s.until(t, "a", `f.color === "rgb(2, 0, 0)"`)
	assert.Equal(t, before.Born, told.Born, "the first one it hears of is the one it came from")
	s.bus.Publish(event.RunnerChanged{Backend: "docker", Generation: 2})
	s.until(t, "a", `f.badge.includes("b1") && f.born !== `+number(before.Born))
}

func TestPage_stops_asking_for_a_build_that_the_server_does_not_give(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	// The runner goes on answering with b0.
	s.bus.Publish(event.Published{Extension: extension, Build: "b9", Scope: event.Page})
	// The first try is made at once, the second a second later.
	s.until(t, "a", `loads.a === 3`)
}

func TestPage_leaves_nothing_of_its_own_in_the_page(t *testing.T) {
	s := newStage(t, `["a"]`)
	got := s.until(t, "a", `f.badgeState === "connected"`)
	host, err := chromedp.Run(s.tab, chromedp.Evaluate[[]string](`Object.keys(window)`))
	require.NoError(t, err)
	assert.Subset(t, host, got.Globals)
	require.Len(t, got.Scripts, 1)
	assert.Contains(t, got.Scripts[0], "/ui.js")
}

func TestFrames_share_one_stream_and_each_hears_everything(t *testing.T) {
	s := newStage(t, `["a", "b", "c"]`)
	for _, frame := range []string{"a", "b", "c"} {
		s.until(t, frame, `f.badgeState === "connected"`)
	}
	s.untilOneStream(t)
	for _, build := range []string{"b1", "b2"} {
		s.publish(build, "rgb(2, 0, 0)", event.Page)
		for _, frame := range []string{"a", "b", "c"} {
			got := s.until(t, frame, `f.badge.includes("`+build+`") && f.badgeState === "connected"`)
			assert.Empty(t, got.Strangers, "the page sees none of the messages")
		}
		s.untilOneStream(t)
	}
}

// As the previews of the dashboard: each in a page that is its host.
func TestFrames_in_hosts_of_their_own_share_one_stream(t *testing.T) {
	s := newStage(t, `[]`)
	nest := func(id string) {
		do(t, s.tab, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
			`document.body.append(Object.assign(document.createElement("iframe"), { src: "/nest?extension=%s" }))`, id)))
	}
	nest(extension)
	s.untilOneStream(t)
	nest(neighbour)
	s.untilCarried(t, neighbour)
	nest(passing + "1")
	s.untilCarried(t, passing+"1")
}

func TestFrames_go_on_when_the_one_that_leads_is_removed(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	s.load(t, "b")
	s.until(t, "b", `f.badgeState === "connected"`)
	do(t, s.tab, chromedp.Evaluate[chromedp.Void](`document.getElementById("a").remove()`))
	s.publish("b1", "rgb(2, 0, 0)", event.Page)
	s.until(t, "b", `f.badge.includes("b1") && f.badgeState === "connected"`)
	s.untilOneStream(t)
}

func TestFrames_of_another_extension_share_the_stream_and_nothing_that_it_says(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	s.tell(t, "a", "spy") // from now on it sees what its event streams say
	s.load(t, "d")
	s.until(t, "d", `f.badgeState === "connected"`)
	s.untilOneStream(t)
	secret := event.BuildFailed{Extension: neighbour, Target: event.UI, Problems: []event.Problem{{Message: "secret of the neighbour"}}}
	s.bus.Publish(secret)
	s.until(t, "d", `f.overlay.includes("secret of the neighbour")`)
	s.bus.Publish(broken)
	s.until(t, "a", `f.overlay.includes("src/main.ts:3:7")`)
	got := s.until(t, "a", `f.spied.some((one) => one.includes("src/main.ts")) && f.spied.some((one) => one.includes('"sealed"'))`)
	for _, one := range got.Spied {
		assert.NotContains(t, one, "secret of the neighbour")
	}
	assert.NotContains(t, s.until(t, "d", `true`).Overlay, "src/main.ts")
	s.untilOneStream(t)
}

func TestFrames_of_many_extensions_one_after_another_share_the_stream_of_one_that_stays(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	s.load(t, "d")
	s.until(t, "d", `f.badgeState === "connected"`)
	s.untilOneStream(t)
	for i := range pageExtensions + 1 {
		one := passing + strconv.Itoa(i)
		do(t, s.tab, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`show("b", %q)`, one)))
		s.untilCarried(t, one)
	}
	s.bus.Publish(broken)
	s.until(t, "a", `f.overlay.includes("src/main.ts:3:7")`)
	s.bus.Publish(event.BuildFailed{Extension: neighbour, Target: event.UI, Problems: []event.Problem{{Message: "of one that stays, too"}}})
	s.until(t, "d", `f.overlay.includes("of one that stays, too")`)
	s.untilOneStream(t)
}

func TestFrames_hear_what_the_one_that_leads_withholds(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	s.tell(t, "a", "withhold")
	s.load(t, "d")
	s.until(t, "d", `f.badgeState === "connected"`)
	s.untilCarried(t, neighbour)
	s.bus.Publish(event.BuildFailed{Extension: neighbour, Target: event.UI, Problems: []event.Problem{{Message: "withheld by its neighbour"}}})
	s.until(t, "d", `f.overlay.includes("withheld by its neighbour")`)
	s.untilCarried(t, neighbour)
}

func TestFrames_have_a_stream_again_after_one_of_them_asked_for_what_it_may_not_have(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	s.load(t, "d")
	s.until(t, "d", `f.badgeState === "connected"`)
	s.untilCarried(t, neighbour)
	s.tell(t, "d", "lie")
	select {
	case <-s.denied:
	case <-s.tab.Done():
		require.Fail(t, "the stream that leads did not ask for it")
	}
	s.bus.Publish(broken)
	s.until(t, "a", `f.overlay.includes("src/main.ts:3:7")`)
	s.untilCarried(t, neighbour)
}

func TestPage_follows_a_devproxy_that_was_started_anew(t *testing.T) {
	s := newStage(t, `["a"]`)
	s.until(t, "a", `f.badgeState === "connected"`)
	next := s.newLive(t)
	s.run(t, next)
	s.replace(next)
	s.publish("b1", "rgb(2, 0, 0)", event.Page)
	s.until(t, "a", `f.badge.includes("b1") && f.badgeState === "connected"`)
}

func number(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }
