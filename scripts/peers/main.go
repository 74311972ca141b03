// Command peers measures devproxy beside what else is used for its work: plain
// Caddy, nginx, Traefik, kamal-proxy, the proxies that Node's developers know, a
// bare Go server. All take turns within one run,
// so the ratios hold on a busy machine too. scripts/bench builds what it needs
// and calls it; it prints tables in Markdown.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// plan is how much is measured.
type plan struct {
	devproxy, caddy string        // the binaries
	before          string        // another devproxy to compare with, or ""
	turn            time.Duration // how long one contestant is under load at a time
	rounds          int
	connections     int
	bytes           int64 // of the large upload and download
	starts          int
	raw             string // file for every single figure, "" for none
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == serveArgument {
		fail(serveOrigin())
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fail(run(ctx, planOf(os.Args[1:])))
}

func planOf(args []string) plan {
	flags := flag.NewFlagSet("peers", flag.ExitOnError)
	p := plan{}
	quick := flags.Bool("quick", false, "short turns, to see that everything runs: seconds instead of minutes")
	flags.StringVar(&p.devproxy, "devproxy", "", "the devproxy to measure")
	flags.StringVar(&p.before, "before", "", "another devproxy that takes part too, such as one built before a change")
	flags.StringVar(&p.caddy, "caddy", "", "a Caddy with the standard modules")
	flags.StringVar(&p.raw, "raw", "", "a file for every single figure, as JSON lines")
	_ = flags.Parse(args) // ExitOnError
	for _, binary := range []*string{&p.devproxy, &p.before, &p.caddy} {
		if abs, err := filepath.Abs(*binary); err == nil && *binary != "" {
			*binary = abs // each server has a folder of its own
		}
	}
	p.turn, p.rounds, p.connections, p.bytes, p.starts = 3*time.Second, 5, 64, 1<<30, 9
	if *quick {
		p.turn, p.rounds, p.bytes, p.starts = 200*time.Millisecond, 3, 64<<20, 3
	}
	return p
}

// run measures one subject after the other.
func run(ctx context.Context, p plan) error {
	f, err := newField(ctx, p)
	if err != nil {
		return err
	}
	defer f.close()
	f.introduce(os.Stdout)
	for _, subject := range []func(context.Context, *field) error{proxyPath, cachedAssets, streams, starts} {
		if err := subject(ctx, f); err != nil {
			return err
		}
	}
	return f.report.save(p.raw)
}

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}
