package screen

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hinshun/vt10x"
	"github.com/stretchr/testify/assert"
)

// emulated is a terminal as a person sees it.
type emulated struct {
	vt vt10x.Terminal

	mu            sync.Mutex
	width, height int
	writes        int
}

func emulate(width, height int) *emulated {
	return &emulated{vt: vt10x.New(vt10x.WithSize(width, height)), width: width, height: height}
}

// Write does what a terminal driver does with ends of lines.
func (e *emulated) Write(p []byte) (int, error) {
	e.mu.Lock()
	e.writes++
	e.mu.Unlock()
	_, err := io.WriteString(e.vt, strings.ReplaceAll(string(p), "\n", "\r\n"))
	return len(p), err
}

func (e *emulated) size() (int, int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.width, e.height
}

func (e *emulated) resize(width, height int) {
	e.mu.Lock()
	e.width, e.height = width, height
	e.mu.Unlock()
	e.vt.Resize(width, height)
}

// seen is what stands on the terminal, without empty rows at the end.
func (e *emulated) seen() string {
	var rows []string
	for row := range strings.Lines(e.vt.String()) {
		rows = append(rows, strings.TrimRight(row, " \n"))
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

func (e *emulated) frames() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.writes
}

// linux is a terminal that does not reflow, as the emulator.
func linux(name string) string { return map[string]string{"TERM": "linux"}[name] }

func on(t *testing.T, width, height int, do func(*emulated, *Screen, func())) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		e := emulate(width, height)
		s := New(e, e.size, linux)
		do(e, s, func() {
			<-time.After(pace) // of the bubble's clock
			synctest.Wait()
		})
		s.Close()
	})
}

func TestScreen_lines_scroll_above_the_area(t *testing.T) {
	on(t, 30, 10, func(e *emulated, s *Screen, pause func()) {
		log := s.Source("")
		s.Show([]string{"one", "two"})
		for n := range 12 {
			fmt.Fprintf(log, "line %d\n", n)
		}
		pause()
		assert.Equal(t, "line 5\nline 6\nline 7\nline 8\nline 9\nline 10\nline 11\none\ntwo", e.seen())
	})
}

func TestScreen_a_line_longer_than_the_terminal_wraps_and_leaves_nothing_of_the_area(t *testing.T) {
	on(t, 10, 10, func(e *emulated, s *Screen, pause func()) {
		log := s.Source("")
		s.Show([]string{"AAAAAAAAAAAA", "BBB"})
		pause()
		fmt.Fprintln(log, "1234567890abc")
		fmt.Fprintln(log, "1234567890") // as wide as the terminal
		pause()
		assert.Equal(t, "1234567890\nabc\n1234567890\nAAAAAAAA…\nBBB", e.seen())
	})
}

func TestScreen_shows_what_has_no_end_yet_above_the_area_and_a_carriage_return_begins_it_anew(t *testing.T) {
	on(t, 30, 10, func(e *emulated, s *Screen, pause func()) {
		app := s.Source("[app] ")
		s.Show([]string{"area"})
		fmt.Fprint(app, "10 %\r20 %")
		pause()
		assert.Equal(t, "[app] 20 %\narea", e.seen())
		fmt.Fprint(app, "\r30 %\r")
		pause()
		assert.Equal(t, "[app] 30 %\narea", e.seen())
		fmt.Fprint(app, "done\n")
		pause()
		assert.Equal(t, "[app] done\narea", e.seen())
		fmt.Fprint(app, "Continue? ")
		s.Close()
		assert.Equal(t, "[app] done\n[app] Continue?", e.seen(), "and is not lost")
	})
}

func TestScreen_draws_at_most_ten_times_a_second_and_only_what_changed(t *testing.T) {
	on(t, 30, 10, func(e *emulated, s *Screen, pause func()) {
		s.Show([]string{"0"})
		for n := range 50 {
			s.Show([]string{fmt.Sprint(n)})
		}
		assert.Equal(t, 1, e.frames())
		pause()
		assert.Equal(t, 2, e.frames())
		assert.Equal(t, "49", e.seen())
		s.Show([]string{"49"})
		s.Refresh()
		pause()
		assert.Equal(t, 2, e.frames(), "nothing has changed")
	})
}

func TestScreen_follows_the_size(t *testing.T) {
	on(t, 40, 12, func(e *emulated, s *Screen, pause func()) {
		log := s.Source("")
		fmt.Fprintln(log, "text")
		rows := []string{"a row of thirty-odd columns, or so", "2", "3", "4", "last"}
		s.Show(rows)
		pause()
		e.resize(20, 12)
		s.Refresh()
		pause()
		assert.Equal(t, "text\na row of thirty-od…\n2\n3\n4\nlast", e.seen())
		e.resize(20, 7)
		fmt.Fprintln(log, "more")
		pause()
		assert.Contains(t, e.seen(), "more\na row of thirty-od…\n2\nlast", "text stays in sight")
		e.resize(20, 3)
		fmt.Fprintln(log, "still more")
		pause()
		assert.NotContains(t, e.seen(), "last", "there is no room for an area")
	})
}

func TestScreen_takes_a_terminal_without_a_size_for_an_ordinary_one(t *testing.T) {
	var out strings.Builder
	s := New(&out, func() (int, int) { return 0, 0 }, linux)
	s.Show([]string{strings.Repeat("x", 100)})
	assert.Contains(t, out.String(), strings.Repeat("x", 78)+"…")
}

func TestScreen_counts_the_rows_that_a_narrower_terminal_makes_of_the_area(t *testing.T) {
	s := New(io.Discard, nil, func(string) string { return "" })
	s.drawn = []string{strings.Repeat("x", 45), "", "\x1b[31m" + strings.Repeat("日", 20) + "\x1b[0m"}
	assert.Equal(t, 3, s.height(80))
	assert.Equal(t, 2+1+1, s.height(40))
	assert.Equal(t, 3+1+2, s.height(20))
}

func TestScreen_cuts_a_row_where_the_terminal_ends_whatever_it_is_made_of(t *testing.T) {
	for in, want := range map[string]string{
		"plain text that is too long":                 "plain tex…",
		"ten cells.":                                  "ten cells.",
		"日本語日本語":                                      "日本語日…",
		"a日本語日本語":                                     "a日本語日…",
		"日本語日本":                                       "日本語日本",
		"e\u0301e\u0301e\u0301e\u0301e\u0301 accents": "e\u0301e\u0301e\u0301e\u0301e\u0301 acc…",
		"👩\u200d👩\u200d👧 is a family":                 "👩\u200d👩\u200d👧 is a f…",
		"❤\ufe0f❤\ufe0f❤\ufe0f❤\ufe0f❤\ufe0f❤":        "❤\ufe0f❤\ufe0f❤\ufe0f❤\ufe0f…",
		"🇩🇪🇫🇷 flags are wide":                         "🇩🇪🇫🇷 flag…",
		"\x1b[31mred text that is long\x1b[0m":        "\x1b[31mred text …\x1b[0m",
		"\x1b[38;2;1;2;3mshort\x1b[0m":                "\x1b[38;2;1;2;3mshort\x1b[0m",
		"\x1b[31mred and \x1b[32mgreen\x1b[0m":        "\x1b[31mred and \x1b[32mg…\x1b[0m",
	} {
		s := New(io.Discard, nil, linux)
		s.area = []string{in}
		assert.Equal(t, []string{want}, s.rows(11, 24), "%q: one column of the eleven stays free", in)
	}
}

func TestScreen_suspended_leaves_what_was_printed_and_nothing_else(t *testing.T) {
	on(t, 30, 10, func(e *emulated, s *Screen, pause func()) {
		log := s.Source("")
		s.Show([]string{"area", "of two"})
		fmt.Fprintln(log, "before")
		s.Suspend()
		fmt.Fprintln(log, "meanwhile")
		assert.Equal(t, "before\nmeanwhile", e.seen())
		s.Show([]string{"new area"})
		s.Resume()
		pause()
		assert.Equal(t, "before\nmeanwhile\nnew area", e.seen())
		s.Clear()
		assert.Equal(t, "new area", e.seen())
	})
}

func TestClean_keeps_text_and_colours_and_nothing_that_moves_the_cursor(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                               "plain",
		"\x1b[31mred\x1b[0m":                  "\x1b[31mred\x1b[0m\x1b[0m",
		"\x1b[38;5;9mred":                     "\x1b[38;5;9mred\x1b[0m",
		"\x1b[2J\x1b[3J\x1b[Hcleared":         "cleared",
		"\x1b]0;title\x07after":               "after",
		"\x1b[?1049hother\x1b[1Ascreen\x1bc!": "otherscreen!",
		"a\tb\bc\x07":                         "a\tbc",
		"日本\u0301 ok":                         "日本\u0301 ok",
		"\x1b[>4;1mno colour":                 "no colour",
		"bad \xff byte":                       "bad \uFFFD byte",
		"\u009b31mno 8-bit colour":            "31mno 8-bit colour",
		"\x1b]0;a title without an end":       "]0;a title without an end",
		"\x1b[31":                             "[31",
		"👩\u200d👩\u200d👧 family":              "👩\u200d👩\u200d👧 family",
		"\x1b\x1b[31mtwice":                   "\x1b[31mtwice\x1b[0m",
	} {
		assert.Equal(t, want, Clean(in), "%q", in)
	}
}
