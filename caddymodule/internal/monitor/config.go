package monitor

import (
	"fmt"
	"time"
)

// The defaults of [Config].
const (
	defaultBaseDelay     = 500 * time.Millisecond
	defaultMaxDelay      = 30 * time.Second
	defaultJitter        = 250 * time.Millisecond
	defaultProbeInterval = 30 * time.Second
	defaultProbeTimeout  = 2 * time.Second
)

// Config says how a backend is watched. Start from [Default]: the zero value
// is a backend that is not optional and has no jitter; its other zeros mean
// the defaults.
type Config struct {
	// Optional says that devproxy starts and goes on without the backend.
	// Otherwise [Monitor.Require] fails when its first probe does.
	// DOCKER_RUNNER_OPTIONAL; default true.
	Optional bool
	// RetryBaseDelay is the wait after the first failed probe; it doubles with
	// each one that follows.
	// DOCKER_RUNNER_CONNECT_RETRY_BASE_DELAY_MS; default 500 ms.
	RetryBaseDelay time.Duration
	// RetryMaxDelay bounds the doubled wait, jitter not included.
	// DOCKER_RUNNER_CONNECT_RETRY_MAX_DELAY_MS; default 30 s.
	RetryMaxDelay time.Duration
	// RetryJitter is the most that is added at random to a wait.
	// DOCKER_RUNNER_CONNECT_RETRY_JITTER_MS; default 250 ms.
	RetryJitter time.Duration
	// ProbeInterval is the wait between probes while the backend is up.
	// DOCKER_RUNNER_CONNECT_PROBE_INTERVAL_MS; default 30 s.
	ProbeInterval time.Duration
	// MaxRetries is after how many failures in a row probing stops, until
	// [Monitor.Retry]; 0 means never.
	// DOCKER_RUNNER_CONNECT_MAX_RETRIES; default 0.
	MaxRetries int
	// ProbeTimeout bounds one probe. It has no variable; default 2 s.
	ProbeTimeout time.Duration
}

// Default is the configuration of a backend about which nothing is said.
func Default() Config {
	c := Config{Optional: true, RetryJitter: defaultJitter}
	c.fill()
	return c
}

// Validate names the first field that cannot be meant.
func (c Config) Validate() error {
	for _, f := range []struct {
		name  string
		value time.Duration
	}{
		{"retry base delay", c.RetryBaseDelay},
		{"retry max delay", c.RetryMaxDelay},
		{"retry jitter", c.RetryJitter},
		{"probe interval", c.ProbeInterval},
		{"probe timeout", c.ProbeTimeout},
	} {
		if f.value < 0 {
			return fmt.Errorf("the %s is %s; it cannot be below 0", f.name, f.value)
		}
	}
	if c.MaxRetries < 0 {
		return fmt.Errorf("the number of retries is %d; give 0 for no limit, or more", c.MaxRetries)
	}
	return nil
}

func (c *Config) fill() {
	orDefault(&c.RetryBaseDelay, defaultBaseDelay)
	orDefault(&c.RetryMaxDelay, defaultMaxDelay)
	orDefault(&c.ProbeInterval, defaultProbeInterval)
	orDefault(&c.ProbeTimeout, defaultProbeTimeout)
}

// orDefault also covers values below 0, which would make the loop spin.
func orDefault(value *time.Duration, fallback time.Duration) {
	if *value <= 0 {
		*value = fallback
	}
}
