// starting.go contains the subject of starts: how long until the first answer,
// how much memory is held idle, how large the program is.

package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

func starts(ctx context.Context, f *field) error {
	t := table{title: "Start and rest", head: []string{"server", "until the first answer, ×", "ms", "idle memory, ×", "MB", "program, MB"}}
	took, held := map[string][]float64{}, map[string][]float64{}
	for range f.starts {
		for _, m := range f.makers {
			if f.running[m.name] == nil || m.name == kept {
				continue
			}
			s, err := f.start(ctx, m)
			if err != nil {
				return err
			}
			used, err := s.settled(ctx)
			s.stop()
			if err != nil {
				return err
			}
			took[m.name] = append(took[m.name], s.started.Seconds()*1000)
			held[m.name] = append(held[m.name], float64(used.rss)/(1<<20))
			f.report.note(t.title, "start", m.name, map[string]float64{"ms": s.started.Seconds() * 1000, "mb": float64(used.rss) / (1 << 20)})
		}
	}
	same := func(x float64) float64 { return x }
	for _, name := range f.present([]string{caddy, ours, before, nginx, traefik, kamal, node, vite, next}) {
		t.add(name, ratio(took[name], took[caddy], same), fmt.Sprintf("%.0f", median(took[name], same)),
			ratio(held[name], held[caddy], same), fmt.Sprintf("%.0f", median(held[name], same)), f.sizeOf(name))
	}
	return t.print()
}

// rest is how long a server is left alone before its memory counts.
const rest = 300 * time.Millisecond

func (s *server) settled(ctx context.Context) (usage, error) {
	select {
	case <-ctx.Done():
		return usage{}, ctx.Err()
	case <-time.After(rest):
		return s.usage()
	}
}

func (f *field) sizeOf(name string) string {
	info, err := os.Stat(f.running[name].program)
	if err != nil {
		return "–"
	}
	return fmt.Sprintf("%.0f", float64(info.Size())/(1<<20))
}
