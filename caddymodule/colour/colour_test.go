package colour

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOn_follows_the_environment_before_the_terminal(t *testing.T) {
	file, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer file.Close()
	for _, c := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"no terminal", nil, false},
		{"forced", map[string]string{"FORCE_COLOR": "1"}, true},
		{"forced on a dumb terminal", map[string]string{"FORCE_COLOR": "1", "TERM": "dumb"}, true},
		{"forced off", map[string]string{"FORCE_COLOR": "0"}, false},
		{"refused and forced", map[string]string{"FORCE_COLOR": "1", "NO_COLOR": "1"}, false},
		{"an empty NO_COLOR is none", map[string]string{"FORCE_COLOR": "1", "NO_COLOR": ""}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, On(func(name string) string { return c.env[name] }, int(file.Fd())))
		})
	}
}

func TestOn_asks_the_terminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI=true allows no skip, but %v", err)
		}
		t.Skip(err)
	}
	defer terminal.Close()
	for _, c := range []struct {
		term string
		want bool
	}{{"xterm", true}, {"dumb", false}} {
		env := map[string]string{"TERM": c.term}
		assert.Equal(t, c.want, On(func(name string) string { return env[name] }, int(terminal.Fd())), c.term)
	}
	assert.False(t, On(func(string) string { return "" }, -1))
}
