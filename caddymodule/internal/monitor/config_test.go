package monitor

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestConfig_of_an_empty_environment_is_the_default(t *testing.T) {
	c, err := ConfigFromEnv(func(string) string { return " " })
	assert.NoError(t, err)
	assert.Equal(t, Config{
		Optional: true, RetryBaseDelay: 500 * time.Millisecond, RetryMaxDelay: 30 * time.Second,
		RetryJitter: 250 * time.Millisecond, ProbeInterval: 30 * time.Second, ProbeTimeout: 2 * time.Second,
	}, c)
}

func TestConfig_reads_every_variable(t *testing.T) {
	c, err := ConfigFromEnv(lookup(map[string]string{
		EnvOptional: "No", EnvBaseDelay: "1", EnvMaxDelay: " 2 ", EnvJitter: "0", EnvProbeInterval: "4", EnvMaxRetries: "5",
	}))
	assert.NoError(t, err)
	assert.Equal(t, Config{
		RetryBaseDelay: time.Millisecond, RetryMaxDelay: 2 * time.Millisecond,
		ProbeInterval: 4 * time.Millisecond, MaxRetries: 5, ProbeTimeout: 2 * time.Second,
	}, c)
}

func TestConfig_a_wrong_variable_is_named_with_what_it_may_be(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{EnvOptional, "ture", `"ture" is neither true nor false; did you mean "true"?`},
		{EnvOptional, "2", `"2" is neither true, 1, yes, on nor false, 0, no, off`},
		{EnvBaseDelay, "0", "give whole milliseconds, 1 or more, or leave it out for 500"},
		{EnvMaxDelay, "30s", "give whole milliseconds, 1 or more, or leave it out for 30000"},
		{EnvMaxDelay, "9223372036854775807", "give whole milliseconds"},
		{EnvJitter, "-1", "give whole milliseconds, 0 or more, or leave it out for 250"},
		{EnvProbeInterval, "", ""},
		{EnvMaxRetries, "-1", "give a whole number, 0 for no limit, or leave it out for 0"},
	} {
		_, err := ConfigFromEnv(lookup(map[string]string{c.name: c.value}))
		if c.says == "" {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorContains(t, err, c.name)
		assert.ErrorContains(t, err, c.says)
	}
}

func TestConfig_names_every_wrong_variable_at_once(t *testing.T) {
	_, err := ConfigFromEnv(lookup(map[string]string{EnvOptional: "x", EnvMaxRetries: "y"}))
	assert.ErrorContains(t, err, EnvOptional)
	assert.ErrorContains(t, err, EnvMaxRetries)
}

func TestConfig_understands_these_words(t *testing.T) {
	for text, want := range map[string]bool{
		"true": true, "1": true, "YES": true, " on ": true, "False": false, "0": false, "no": false, "off": false,
	} {
		got, err := ParseBool(text)
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestConfig_refuses_what_lies_below_zero(t *testing.T) {
	assert.NoError(t, Default().Validate())
	assert.NoError(t, Config{}.Validate())
	assert.ErrorContains(t, Config{RetryJitter: -1}.Validate(), "retry jitter")
	assert.ErrorContains(t, Config{MaxRetries: -1}.Validate(), "number of retries")
}

func TestConfig_jitter_may_exceed_the_maximum(t *testing.T) {
	c := Default()
	assert.Equal(t, 500*time.Millisecond, c.delay(1, 0))
	assert.Equal(t, 625*time.Millisecond, c.delay(1, 0.5))
	assert.Equal(t, 30250*time.Millisecond, c.delay(100, 0.9999))
}

func TestConfig_doubling_never_overflows(t *testing.T) {
	c := Config{RetryBaseDelay: 1, RetryMaxDelay: math.MaxInt64}
	for n := 1; n < 200; n++ {
		assert.Positive(t, c.delay(n, 0), n)
	}
	assert.Equal(t, time.Duration(math.MaxInt64), c.delay(200, 0))
}

func lookup(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}
