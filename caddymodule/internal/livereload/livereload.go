// Package livereload keeps the pages of extensions up to date with their
// builds: it adds one script to their HTML, tells it over an event stream what
// was built or went wrong, and takes back what the page wrote to its console.
//
// The Caddy module mounts a [Live] and passes runner responses to
// [Live.Inject]; the engine feeds it through an [event.Bus]. It knows neither
// Caddy nor the runner.
//
// A sandboxed iframe has the origin "null", as has one on any website. So
// every endpoint demands a token, which only the injected script's address
// carries. It is the extension's own and the process's: what one extension's
// page can read of itself opens nothing of another's.
package livereload

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// DefaultPrefix is where the endpoints are unless [Config.Prefix] says so.
const DefaultPrefix = "/__runner/live/"

// Opener shows a place of a file in the developer's editor. Line and column
// count from 1; 0 is unknown.
type Opener func(ctx context.Context, file string, line, column int) error

// Config is what a [Live] needs to know.
type Config struct {
	// Bus is where news comes from and where console lines go. Required.
	Bus *event.Bus
	// Folder gives the folder of a loaded extension, "publisher.name".
	// Required: what it does not know gets no script, line or file.
	Folder func(extension string) (dir string, ok bool)
	// Open answers the overlay's links; nil when there is no editor.
	Open Opener
	// Prefix is the path below which the endpoints are, with a slash at
	// both ends. Default [DefaultPrefix].
	Prefix string
	// NoConsole keeps the pages' console lines in the browser.
	NoConsole bool
	// NoOverlay shows problems in the badge only.
	NoOverlay bool
	// NoBadge hides the badge with the build id.
	NoBadge bool
	// Logger gets what is wrong with live reload itself. Default: nothing.
	Logger *slog.Logger
}

// Live is the browser's end of the change loop. It serves the endpoints below
// its prefix:
//
//	GET  client.js  the injected script
//	GET  events     server-sent events: state, and with `&also=GRANT~ID` sealed
//	GET  state      what a state event says now
//	POST console    lines that a page wrote, a JSON array of text/plain
//	POST open       `&file=F&line=L&column=C` opens the editor
//
// All of them want `?ext=ID&t=TOKEN`, and are about that extension only.
// Frames of several extensions share one stream: each gives the one that leads
// a grant, which has the states of that frame's extension come along,
// encrypted for its own pages; as it need not pass them on, each asks for its
// state now and then, too. Errors are `{"error":{"code","message"}}`.
type Live struct {
	cfg     Config
	tokens  tokens
	hub     *hub
	console *limits
	open    *limits
}

// New checks cfg and makes a Live that tells pages nothing until it runs.
func New(cfg Config) (*Live, error) {
	if cfg.Bus == nil || cfg.Folder == nil {
		return nil, errors.New("preparing live reload: it needs an event bus and the extensions' folders")
	}
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultPrefix
	}
	if !strings.HasPrefix(cfg.Prefix, "/") || !strings.HasSuffix(cfg.Prefix, "/") {
		return nil, errors.New("preparing live reload: its prefix " + cfg.Prefix + " must have a slash at both ends")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Live{
		cfg:     cfg,
		tokens:  newTokens(),
		hub:     newHub(),
		console: newLimits(20, 100),
		open:    newLimits(rate.Every(500*time.Millisecond), 3),
	}, nil
}

// waiting is how many events may wait for the hub. It only copies them, so
// that many mean that the machine stood still.
const waiting = 1024

// Subscribe listens to the bus from now on; the returned function passes what
// it hears to the pages until ctx or the bus ends. Then every stream ends, and
// no other begins.
func (l *Live) Subscribe() (run func(ctx context.Context)) {
	news := l.cfg.Bus.Subscribe(waiting)
	return func(ctx context.Context) {
		defer l.hub.close()
		news.Each(ctx, func(e event.Event) {
			l.hub.apply(e)
			if missed := news.Missed(); missed > 0 {
				l.cfg.Logger.Warn("pages may show an older build until the next save", "missed_events", missed)
			}
		})
	}
}

// Run is [Live.Subscribe] and its function in one, for a caller that
// publishes nothing before Run has begun.
func (l *Live) Run(ctx context.Context) { l.Subscribe()(ctx) }
