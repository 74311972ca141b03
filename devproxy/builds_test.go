package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestBuilds_keep_a_long_failure_within_80_columns(t *testing.T) {
	now := time.Now()
	list := []runnerstatus.Builds{{Extension: "acme.hello", Dir: ".", Live: "0123456789ab", Latest: "0123456789ab", Builds: []runnerstatus.Build{
		{Time: now, Target: "manifest", Problem: "manifest.json:3: " + strings.Repeat("much is wrong\n", 30)},
		{Time: now, OK: true, Live: true, Build: "0123456789ab", Bundle: 1200, UI: 1200, Milliseconds: 12, Saved: []string{"a.ts"}},
	}}}
	var out strings.Builder
	require.NoError(t, printBuilds(&out, list, now))
	rows := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, rows, 4, "a line each, and two above")
	for _, row := range rows {
		assert.LessOrEqual(t, len([]rune(row)), 80, row)
	}
	at := strings.Index(rows[1], "BUNDLE")
	assert.Equal(t, "manifest: manifest.json:3: much", rows[2][at:at+31])
	assert.True(t, strings.HasSuffix(rows[2], "…"))
	assert.Equal(t, "1.2 kB", rows[3][at:at+6], "the columns are as they were")
}
