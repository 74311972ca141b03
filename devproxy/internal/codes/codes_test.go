package codes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTables_are_whole(t *testing.T) {
	for _, table := range tables {
		require.NotEmpty(t, table.Codes)
		seen := map[string]bool{}
		for _, c := range table.Codes {
			for _, name := range c.list() {
				assert.Regexp(t, `^[a-z][a-z0-9_]+$`, name)
				assert.False(t, seen[name], "%s stands twice in one table", name)
				seen[name] = true
			}
			assert.Regexp(t, `[.:]$`, c.What, c.Names)
			assert.Regexp(t, `^$|\.$`, c.Fix, c.Names)
			assert.Equal(t, table.At != "", c.At != "", c.Names)
			assert.NotContains(t, c.What+c.Fix, " | ", "it would end the cell")
			switch table.At {
			case "exit":
				assert.Regexp(t, `^(\d+|–)$`, c.At, c.Names)
			case "status":
				assert.Regexp(t, `^[45]\d\d`, c.At, c.Names)
			}
		}
	}
}

func TestExplain_tells_of_every_place_in_which_a_code_means_something(t *testing.T) {
	entries := Explain("build_failed")
	require.Len(t, entries, 2)
	assert.Equal(t, "The command", entries[0].Where)
	assert.Equal(t, "1", entries[0].Exit)
	assert.Equal(t, "Extensions", entries[1].Where)
	assert.Equal(t, "503", Explain("runner_not_ready")[0].Status)
	assert.Empty(t, Explain("nothing_of_the_kind"))
	for _, name := range Names() {
		assert.NotEmpty(t, Explain(name), name)
	}
}

func TestFix_is_of_what_a_command_reports(t *testing.T) {
	assert.Equal(t, "Set `XDG_STATE_HOME`.", Fix("state_unwritable"))
	assert.Empty(t, Fix("replayed_nonce"), "no command reports it")
	assert.Empty(t, Fix("failed"))
}
