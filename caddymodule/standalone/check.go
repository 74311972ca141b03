package standalone

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// BaseURL is where a runner with these settings is reached from its own
// machine or container.
func (s Settings) BaseURL() string {
	host := s.Host
	switch host {
	case "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(int(s.Port)))
}

// Check asks the runner at base whether it can serve; nil is yes.
func Check(ctx context.Context, base string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(base, "/")+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("asking the runner: %w", err)
	}
	// Through a proxy it would be another one's health.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("asking the runner: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1024))
	return fmt.Errorf("asking the runner at %s: it answered %s: %s", base, resp.Status, strings.TrimSpace(string(body)))
}
