// field.go contains the field: who takes part, and how each comes and goes.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// field is everybody who takes part, with the origin behind them.
type field struct {
	plan
	dir     string
	origin  *server
	makers  []maker
	running map[string]*server
	report  report
}

// maker starts one contestant; nil and a reason when it cannot take part here.
type maker struct {
	name  string
	start func(ctx context.Context, f *field, dir string) (*server, error)
}

// errAbsent is why a contestant does not take part.
var errAbsent = errors.New("is not on this machine")

// The contestants' names, as the tables have them.
const (
	ours    = "devproxy"
	before  = "devproxy before"
	caddy   = "Caddy `reverse_proxy`"
	nginx   = "nginx `proxy_pass`"
	traefik = "Traefik"
	kamal   = "kamal-proxy"
	node    = "Node http-proxy"
	vite    = "Vite's dev proxy"
	next    = "Next's dev rewrites"
	bare    = "bare Go server"
	kept    = "nginx `proxy_cache`"
	withApp = "devproxy, the app's route"
)

func newField(ctx context.Context, p plan) (*field, error) {
	dir, err := os.MkdirTemp("", "devproxy-bench-")
	if err != nil {
		return nil, err
	}
	f := &field{plan: p, dir: dir, running: map[string]*server{}}
	f.makers = []maker{
		{ours, startDevproxy(ours, p.devproxy)}, {caddy, startCaddy}, {nginx, startNginx}, {kept, startNginxCache},
		{traefik, startTraefik}, {kamal, startKamal}, {node, startNode}, {vite, startVite}, {next, startNext},
	}
	if p.before != "" {
		f.makers = append(f.makers, maker{before, startDevproxy(before, p.before)})
	}
	if f.origin, err = launchOrigin(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	f.running[bare] = f.origin
	if err := f.assemble(ctx); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// assemble starts everybody; who is not there is left out with a word.
func (f *field) assemble(ctx context.Context) error {
	for _, m := range f.makers {
		s, err := f.start(ctx, m)
		switch {
		case errors.Is(err, errAbsent):
			fmt.Fprintf(os.Stderr, "bench: %s is left out: %v\n", m.name, err)
		case err != nil:
			return err
		default:
			f.running[m.name] = s
		}
	}
	return nil
}

func (f *field) start(ctx context.Context, m maker) (*server, error) {
	dir, err := os.MkdirTemp(f.dir, "server-")
	if err != nil {
		return nil, err
	}
	return m.start(ctx, f, dir)
}

func (f *field) close() {
	for name, s := range f.running {
		if name != bare {
			s.stop()
		}
	}
	f.origin.stop()
	if err := os.RemoveAll(f.dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// introduce says what was measured on.
func (f *field) introduce(w io.Writer) {
	fmt.Fprintf(w, "%s/%s, %d cores, %s. Each under load for %s, %d rounds in turns, %d connections; medians.\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), f.turn, f.rounds, f.connections)
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }
