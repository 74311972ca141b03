// streaming.go contains the subjects that last: event streams, WebSockets, and
// bodies larger than anybody would hold in memory.

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

func streams(ctx context.Context, f *field) error {
	t := table{title: "What lasts", head: []string{"server", "first event, ×", "WebSocket round trip, ×", "upload, ×", "memory grown by, MB", "download, ×", "memory grown by, MB"}}
	who := f.present([]string{caddy, ours, before, nginx, traefik, kamal, node, bare})
	took := map[string]map[string][]float64{}
	for range f.rounds {
		for _, name := range who {
			figures, err := f.streamsOf(ctx, f.running[name])
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			f.report.note(t.title, "streams", name, figures)
			for key, value := range figures {
				if took[name] == nil {
					took[name] = map[string][]float64{}
				}
				took[name][key] = append(took[name][key], value)
			}
		}
	}
	same := func(x float64) float64 { return x }
	for _, name := range who {
		mine, base := took[name], took[who[0]]
		t.add(name, ratio(mine["event"], base["event"], same), ratio(mine["message"], base["message"], same),
			ratio(mine["upload"], base["upload"], same), fmt.Sprintf("%.0f", median(mine["upload-mb"], same)),
			ratio(mine["download"], base["download"], same), fmt.Sprintf("%.0f", median(mine["download-mb"], same)))
	}
	return t.print()
}

// repeats of what takes less than a millisecond.
const repeats = 50

func (f *field) streamsOf(ctx context.Context, s *server) (map[string]float64, error) {
	figures := map[string]float64{}
	for _, subject := range []struct {
		name string
		run  func(context.Context, string) error
	}{
		{"event", func(ctx context.Context, url string) error {
			return repeat(func() error { return awaitEvent(ctx, url) })
		}},
		{"message", exchangeMessages},
		{"upload", f.upload},
		{"download", f.download},
	} {
		before, err := s.usage()
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if err := subject.run(ctx, s.url); err != nil {
			return nil, fmt.Errorf("%s: %w", subject.name, err)
		}
		figures[subject.name] = time.Since(began).Seconds()
		after, err := s.usage()
		if err != nil {
			return nil, err
		}
		figures[subject.name+"-mb"] = (float64(after.rss) - float64(before.rss)) / (1 << 20)
	}
	return figures, nil
}

func repeat(do func() error) error {
	for range repeats {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func awaitEvent(ctx context.Context, url string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	response, err := ask(ctx, http.MethodGet, url+eventsPath, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	first := make([]byte, len("data: first"))
	_, err = io.ReadFull(response.Body, first)
	return err
}

func exchangeMessages(ctx context.Context, url string) error {
	conn, _, err := websocket.Dial(ctx, strings.Replace(url, "http", "ws", 1)+socketPath, nil)
	if err != nil {
		return err
	}
	defer conn.CloseNow() //nolint:errcheck // what counts has been said
	return repeat(func() error {
		if err := conn.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
			return err
		}
		_, _, err := conn.Read(ctx)
		return err
	})
}

func (f *field) upload(ctx context.Context, url string) error {
	response, err := ask(ctx, http.MethodPost, url+uploadPath, io.LimitReader(zeros{}, f.bytes))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && string(text) != fmt.Sprint(f.bytes) {
		err = fmt.Errorf("%s of %d bytes arrived", text, f.bytes)
	}
	return err
}

func (f *field) download(ctx context.Context, url string) error {
	response, err := ask(ctx, http.MethodGet, fmt.Sprint(url, downloadPath, f.bytes), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err == nil && n != f.bytes {
		err = fmt.Errorf("%d of %d bytes arrived", n, f.bytes)
	}
	return err
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func ask(ctx context.Context, method, url string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		return nil, fmt.Errorf("%s %s: %s", method, url, response.Status)
	}
	return response, nil
}
