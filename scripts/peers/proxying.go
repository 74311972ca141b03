// proxying.go contains the subjects under load: the way through a proxy, and
// assets that it may keep.

package main

import (
	"bytes"
	"context"
	"fmt"
)

func proxyPath(ctx context.Context, f *field) error {
	who := []string{caddy, ours, before, withApp, nginx, traefik, kamal, node, vite, next, bare}
	app := *f.running[ours]
	app.name, app.url = withApp, app.url[:len(app.url)-len("/runner")]
	f.running[withApp] = &app
	defer delete(f.running, withApp)
	body := bytes.Repeat([]byte("x"), 1<<10)
	return f.race(ctx, "The way through a proxy", who, []row{
		{"1 KB POST", question{"POST", echoPath, body, len(body)}},
		{"14 KB asset", question{"GET", freshPath + "14k.js", nil, 14 << 10}},
		{"300 KB asset", question{"GET", freshPath + "300k.js", nil, 300 << 10}},
	})
}

func cachedAssets(ctx context.Context, f *field) error {
	return f.race(ctx, "An asset that may be kept", []string{nginx, ours, before, caddy, kept, bare}, []row{
		{"14 KB", question{"GET", immutablePath + "14k.js", nil, 14 << 10}},
		{"300 KB", question{"GET", immutablePath + "300k.js", nil, 300 << 10}},
	})
}

type row struct {
	name string
	question
}

// race lets all contestants that are there take turns at each row. The table
// has throughput and CPU per answer as multiples of the first one's.
func (f *field) race(ctx context.Context, title string, who []string, rows []row) error {
	t := table{title: title, head: []string{"server"}}
	for _, r := range rows {
		t.head = append(t.head, r.name+": answers/s, ×", "CPU/answer, ×", "CPU µs")
	}
	laps := map[string][][]lap{}
	for i, r := range rows {
		for range f.rounds {
			for _, name := range f.present(who) {
				l, err := load(ctx, f.running[name], r.question, f.connections, f.turn)
				if err != nil {
					return err
				}
				if laps[name] == nil {
					laps[name] = make([][]lap, len(rows))
				}
				laps[name][i] = append(laps[name][i], l)
				f.report.note(title, r.name, name, map[string]float64{"answers/s": l.perSecond(), "cpu-us": l.perAnswer()})
			}
		}
	}
	base := f.present(who)[0]
	for _, name := range f.present(who) {
		cells := []string{name}
		for i := range rows {
			cells = append(cells,
				ratio(laps[name][i], laps[base][i], lap.perSecond),
				ratio(laps[name][i], laps[base][i], lap.perAnswer),
				fmt.Sprintf("%.0f", median(laps[name][i], lap.perAnswer)))
		}
		t.add(cells...)
	}
	return t.print()
}

func (f *field) present(who []string) (there []string) {
	for _, name := range who {
		if f.running[name] != nil {
			there = append(there, name)
		}
	}
	return there
}
