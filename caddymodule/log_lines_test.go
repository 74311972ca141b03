package caddymodule

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestLines_say_each_thing_once(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	for _, c := range []struct {
		name   string
		entry  zapcore.Entry
		fields []zap.Field
		want   string
	}{
		{
			"a build", zapcore.Entry{Time: at, Message: "published 0123 in 4.5 ms: ui/a.css"},
			[]zap.Field{zap.String("extension", "acme.x"), zap.String("build", "0123"), zap.Strings("changed", []string{"ui/a.css"}), zap.Float64("ms", 4.5)},
			"03:04:05 acme.x: published 0123 in 4.5 ms: ui/a.css\n",
		},
		{
			"a problem", zapcore.Entry{Time: at, Level: zapcore.WarnLevel, Message: "a.ts:1:2: bad"},
			[]zap.Field{zap.String("code", "build_failed"), zap.String("frame", "> 1 | x\n    |  ^"), zap.String("fix", "write y")},
			"03:04:05 warn a.ts:1:2: bad  code=build_failed\n  > 1 | x\n      |  ^\n  fix: write y\n",
		},
		{
			"other fields", zapcore.Entry{Time: at, Level: zapcore.ErrorLevel, Message: "stopping"},
			[]zap.Field{zap.String("error", "it is late"), zap.Int("n", 3), zap.String("empty", "")},
			"03:04:05 error stopping  error=\"it is late\" n=3\n",
		},
		{
			"a stack", zapcore.Entry{Time: at, Message: "oops\nat a:1"},
			[]zap.Field{zap.String("error", "x\ny"), zap.String("request_id", "1234"), zap.String("tenant", "local")},
			"03:04:05 oops  error=\"x …\"\n  at a:1\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			line, err := newLineEncoder(false).EncodeEntry(c.entry, c.fields)
			require.NoError(t, err)
			assert.Equal(t, c.want, line.String())
		})
	}
}

func TestLines_keeps_the_fields_of_a_logger_to_itself(t *testing.T) {
	parent := newLineEncoder(false)
	child := parent.Clone()
	child.AddString("backend", "docker")
	line, err := child.EncodeEntry(zapcore.Entry{Message: "up"}, nil)
	require.NoError(t, err)
	assert.Contains(t, line.String(), "up  backend=docker")
	assert.Empty(t, parent.Fields)
	colored, err := newLineEncoder(true).EncodeEntry(zapcore.Entry{Message: "up", Level: zapcore.WarnLevel}, nil)
	require.NoError(t, err)
	assert.Contains(t, colored.String(), "\x1b[33mwarn\x1b[0m up")
}

func TestLines_are_JSON_where_nobody_reads(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer file.Close()
	line, err := encoderFor(file).EncodeEntry(zapcore.Entry{Message: "up"}, []zap.Field{zap.Int("n", 1)})
	require.NoError(t, err)
	var record struct {
		Msg string
		N   int
	}
	require.NoError(t, json.Unmarshal(line.Bytes(), &record))
	assert.Equal(t, "up", record.Msg)
	assert.Equal(t, 1, record.N)
}

func TestLines_leave_out_that_open_connections_were_cut_at_the_end(t *testing.T) {
	lines := &Lines{newLineEncoder(false)}
	for _, c := range []struct{ logger, message, want string }{
		{"http", "server shutdown", ""},
		{"http", "waiting for previous server shutdowns", ""},
		{"http", "server is away", "server is away"},
		{"http.log.error", "server shutdown", "server shutdown"},
	} {
		for _, encoder := range []zapcore.Encoder{lines, lines.Clone()} {
			line, err := encoder.EncodeEntry(zapcore.Entry{Level: zapcore.ErrorLevel, LoggerName: c.logger, Message: c.message}, nil)
			require.NoError(t, err)
			assert.Contains(t, line.String(), c.want)
			assert.Equal(t, c.want == "", line.Len() == 0)
		}
	}
}

func TestLines_take_no_options(t *testing.T) {
	lines := new(Lines)
	require.NoError(t, lines.Provision(caddy.Context{}))
	assert.NotNil(t, lines.Encoder)
	require.NoError(t, new(Lines).UnmarshalCaddyfile(caddyfile.NewTestDispenser("runner")))
	assert.Error(t, new(Lines).UnmarshalCaddyfile(caddyfile.NewTestDispenser("runner x")))
}
