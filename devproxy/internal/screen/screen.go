// Package screen shares one terminal between text that scrolls and an area of
// a few rows below it, which is drawn anew when it changes.
//
// `devproxy up` and `devproxy build` write everything through it while they
// show such an area. It never takes the screen over: no alternate screen, no
// hidden cursor, nothing to repair when the process dies. Between two frames
// the cursor stands on the empty row below the area, where a crash may print.
// The package calls nobody.
package screen

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/clipperhouse/displaywidth"
)

// pace is how far frames are apart at least.
const pace = 100 * time.Millisecond

// begin and end enclose a frame, which a terminal that knows them shows whole.
const (
	begin = "\x1b[?2026h"
	end   = "\x1b[?2026l"
)

// cells measures text as a terminal does, where colours take no room. There
// are libraries that do more, whose tables cost every start of the program
// 25 ms (TestLayout_packages_that_start_slowly_stay_out).
var cells = displaywidth.Options{ControlSequences: true}

// Size gives the terminal's columns and rows; zeros where nobody knows, which
// is taken for 80 and 24.
type Size func() (width, height int)

// Screen is safe for concurrent use.
type Screen struct {
	out  io.Writer
	size Size
	// reflows says that the terminal breaks rows anew when it gets narrower
	reflows bool

	mu      sync.Mutex
	on      bool     // the area may be drawn
	area    []string // as it is wanted
	drawn   []string // as it is on the terminal
	width   int      // when it was drawn
	waiting strings.Builder
	sources []*Source
	newest  *Source // wrote last
	framed  time.Time
	timer   *time.Timer
}

// New shares the terminal out, whose area is empty at first. getenv tells the
// terminals that do not reflow from the others.
func New(out io.Writer, size Size, getenv func(string) string) *Screen {
	reflows := getenv("XTERM_VERSION") == "" && getenv("TERM") != "linux"
	return &Screen{out: out, size: size, reflows: reflows, on: true}
}

// Show has the rows in the area from now on. What does not fit is cut.
func (s *Screen) Show(rows []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clean := make([]string, len(rows))
	for i, row := range rows {
		clean[i] = Clean(row)
	}
	if !slices.Equal(clean, s.area) {
		s.area = clean
		s.due()
	}
}

// Refresh looks at the terminal's size again.
func (s *Screen) Refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due()
}

// Clear empties the terminal, but for the area.
func (s *Screen) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.drawn = nil
		s.waiting.Reset()
		s.frame("\x1b[H\x1b[2J")
	}
}

// Suspend takes the area off the terminal, which then holds what was printed
// and nothing else. What is written goes straight on.
func (s *Screen) Suspend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.suspend()
}

func (s *Screen) suspend() {
	if !s.on {
		return
	}
	s.on = false
	s.frame("")
}

// Resume draws the area again.
func (s *Screen) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = true
	s.frame("")
}

// Close is Suspend for good: unfinished lines are written too.
func (s *Screen) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.suspend()
	for _, source := range s.sources {
		source.finish()
	}
}

// due has a frame drawn now, or as soon as the pace allows. The caller holds mu.
func (s *Screen) due() {
	if !s.on || s.timer != nil {
		return
	}
	wait := pace - time.Since(s.framed)
	if wait <= 0 {
		s.frame("")
		return
	}
	s.timer = time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.timer != nil {
			s.frame("")
		}
	})
}

// frame writes what has happened since the last one, all at once: first takes
// the place of moving up to where the area begins. The caller holds mu.
func (s *Screen) frame(first string) {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.framed = time.Now()
	width, height := s.size()
	if width <= 0 || height <= 0 {
		width, height = 80, 24 // a serial line, or a pseudo-terminal that nobody gave a size
	}
	rows := s.rows(width, height)
	if first == "" && s.waiting.Len() == 0 && width == s.width && slices.Equal(rows, s.drawn) {
		return
	}
	var b strings.Builder
	b.WriteString(begin)
	b.WriteString(first)
	if up := s.height(width); up > 0 {
		b.WriteString("\x1b[" + strconv.Itoa(up) + "A")
	}
	b.WriteString("\r")
	if s.waiting.Len() > 0 || width != s.width {
		b.WriteString("\x1b[J") // long lines go on over what the area leaves
	}
	b.WriteString(s.waiting.String())
	for _, row := range rows {
		b.WriteString(row + "\x1b[K\n")
	}
	b.WriteString("\x1b[J" + end)
	_, _ = io.WriteString(s.out, b.String()) // a terminal that is gone needs nothing
	s.waiting.Reset()
	s.drawn, s.width = rows, width
}

// height is how many of the terminal's rows the drawn area takes now.
func (s *Screen) height(width int) int {
	if !s.reflows || width <= 0 {
		return len(s.drawn)
	}
	sum := 0
	for _, row := range s.drawn {
		sum += max(1, (cells.String(row)+width-1)/width)
	}
	return sum
}

// least is how many rows of text stay in sight.
const least = 3

// rows is the area as it fits: a column stays free, so that no terminal wraps,
// and so do some rows for the text. The last row stays, others do not.
func (s *Screen) rows(width, height int) []string {
	if !s.on || width <= 1 {
		return nil
	}
	rows := slices.Clone(s.area)
	if room := height - 1 - least; len(rows) > room {
		if room < 2 {
			return nil
		}
		rows = append(rows[:room-1:room-1], rows[len(rows)-1])
	}
	if s.newest != nil && len(s.newest.rest) > 0 {
		rows = slices.Insert(rows, 0, s.newest.line(s.newest.rest))
	}
	for i, row := range rows {
		rows[i] = cells.TruncateString(strings.ReplaceAll(row, "\t", " "), width-1, "…")
	}
	return rows
}
