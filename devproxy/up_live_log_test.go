package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// logsOf are the logs that logTo makes of a config's.
func logsOf(t *testing.T, logs, level string, terminal bool) (out map[string]map[string]any, from string) {
	t.Helper()
	t.Cleanup(func() { showFrom("debug") })
	config, from, err := logTo([]byte(`{"logging":{"logs":`+logs+`}}`), level, terminal)
	require.NoError(t, err)
	var root struct {
		Logging struct{ Logs map[string]map[string]any }
	}
	require.NoError(t, json.Unmarshal(config, &root))
	return root.Logging.Logs, from
}

func TestLogTo_brings_every_level_where_the_terminal_leaves_out_and_nowhere_else(t *testing.T) {
	for _, c := range []struct {
		name, runner, level, from string
	}{
		{"lines for people", `{"encoder":{"format":"runner"}}`, "DEBUG", "info"},
		{"lines for people on stdout", `{"encoder":{"format":"runner"},"writer":{"output":"stdout"},"level":"WARN"}`, "DEBUG", "warn"},
		{"a file", `{"encoder":{"format":"runner"},"writer":{"output":"file"},"level":"WARN"}`, "WARN", ""},
		{"another form", `{"encoder":{"format":"console"}}`, "INFO", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			logs, from := logsOf(t, `{"runner":`+c.runner+`}`, "", true)
			assert.Equal(t, c.level, logs["runner"]["level"])
			assert.Equal(t, c.from, from)
		})
	}
}

func TestLogTo_prints_nothing_twice_where_the_config_has_no_log_of_the_runner(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		logs, _ := logsOf(t, `{"default":{"level":"WARN","exclude":["http.log"]}}`, "debug", terminal)
		assert.Equal(t, []any{"runner", "http.handlers.runner_gateway"}, logs["runner"]["include"])
		assert.Equal(t, "DEBUG", logs["runner"]["level"])
		assert.NotContains(t, logs["runner"], "exclude")
		assert.Equal(t, []any{"http.log", "runner", "http.handlers.runner_gateway"}, logs["default"]["exclude"])
		assert.Equal(t, "WARN", logs["default"]["level"])
	}
}
