package monitor

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/same-origin/devproxy/compose/spelling"
)

// The variables that [ConfigFromEnv] reads.
const (
	EnvOptional      = "DOCKER_RUNNER_OPTIONAL"
	EnvBaseDelay     = "DOCKER_RUNNER_CONNECT_RETRY_BASE_DELAY_MS"
	EnvMaxDelay      = "DOCKER_RUNNER_CONNECT_RETRY_MAX_DELAY_MS"
	EnvJitter        = "DOCKER_RUNNER_CONNECT_RETRY_JITTER_MS"
	EnvProbeInterval = "DOCKER_RUNNER_CONNECT_PROBE_INTERVAL_MS"
	EnvMaxRetries    = "DOCKER_RUNNER_CONNECT_MAX_RETRIES"
)

// ConfigFromEnv is [Default] with what the environment says otherwise; getenv
// is os.Getenv, or a lookup in an env file. An empty value is none. The error
// joins one line for each wrong variable, with its name.
func ConfigFromEnv(getenv func(string) string) (Config, error) { return FromEnv(Default(), getenv) }

// FromEnv is [ConfigFromEnv] over c instead of the defaults.
func FromEnv(c Config, getenv func(string) string) (Config, error) {
	err := errors.Join(
		readBool(getenv, EnvOptional, &c.Optional),
		readMillis(getenv, EnvBaseDelay, 1, &c.RetryBaseDelay),
		readMillis(getenv, EnvMaxDelay, 1, &c.RetryMaxDelay),
		readMillis(getenv, EnvJitter, 0, &c.RetryJitter),
		readMillis(getenv, EnvProbeInterval, 1, &c.ProbeInterval),
		readCount(getenv, EnvMaxRetries, &c.MaxRetries),
	)
	return c, err
}

func readMillis(getenv func(string) string, name string, least int64, into *time.Duration) error {
	text := strings.TrimSpace(getenv(name))
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > math.MaxInt64/int64(time.Millisecond) {
		return fmt.Errorf("%s is %q: give whole milliseconds, %d or more, or leave it out for %d", name, text, least, into.Milliseconds())
	}
	*into = time.Duration(n) * time.Millisecond
	return nil
}

func readCount(getenv func(string) string, name string, into *int) error {
	text := strings.TrimSpace(getenv(name))
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("%s is %q: give a whole number, 0 for no limit, or leave it out for %d", name, text, *into)
	}
	*into = n
	return nil
}

// words are the booleans that are understood, in any case.
var words = []struct {
	text  string
	value bool
}{{"true", true}, {"1", true}, {"yes", true}, {"on", true}, {"false", false}, {"0", false}, {"no", false}, {"off", false}}

// ParseBool reads true, 1, yes, on and false, 0, no, off, in any case. The
// error quotes the text and names the closest word.
func ParseBool(text string) (bool, error) {
	lower := strings.ToLower(strings.TrimSpace(text))
	var known []string
	for _, w := range words {
		if w.text == lower {
			return w.value, nil
		}
		known = append(known, w.text)
	}
	if near := spelling.Nearest(lower, known); near != "" {
		return false, fmt.Errorf("%q is neither true nor false; did you mean %q?", text, near)
	}
	return false, fmt.Errorf("%q is neither true, 1, yes, on nor false, 0, no, off", text)
}

func readBool(getenv func(string) string, name string, into *bool) error {
	text := getenv(name)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	value, err := ParseBool(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*into = value
	return nil
}
