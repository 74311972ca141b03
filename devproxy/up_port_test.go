package main

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUp_takes_the_port_of_the_flag_else_of_the_variable_else_of_the_file(t *testing.T) {
	ports := map[string]string{}
	for _, name := range []string{"flag", "variable", "file"} {
		port, err := freePort()
		require.NoError(t, err)
		ports[name] = strconv.Itoa(port)
	}
	withDefault := strings.ReplaceAll(string(builtinCaddyfile), "{$DEVPROXY_PORT:3000}", "{$DEVPROXY_PORT:"+ports["file"]+"}")
	variable := map[string]string{"DEVPROXY_PORT": ports["variable"]}
	for name, c := range map[string]struct {
		env  map[string]string
		file string
		args []string
		want string
	}{
		"the flag":                {variable, withDefault, []string{"--port", ports["flag"]}, "flag"},
		"the variable":            {variable, withDefault, nil, "variable"},
		"the file":                {nil, withDefault, nil, "file"},
		"the variable, no file":   {variable, "", nil, "variable"},
		"a flag like the default": {variable, withDefault, []string{"--port", "0"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(binary(t), append([]string{"up"}, c.args...)...)
			cmd.Dir = t.TempDir()
			if c.file != "" {
				writeFile(t, filepath.Join(cmd.Dir, "Caddyfile"), c.file)
			}
			cmd.Env = []string{"DEVPROXY_PORT="}
			for key, value := range c.env {
				cmd.Env = []string{key + "=" + value}
			}
			s := startWithin(t, startLimit, cmd)
			if c.want == "" {
				assert.NotContains(t, s.url, ports["variable"])
			} else {
				assert.Equal(t, "http://localhost:"+ports[c.want], s.url)
			}
			_, err := s.interrupt(t)
			assert.NoError(t, err)
		})
	}
	code, _, errs := inFolderWith(t, map[string]string{"DEVPROXY_PORT": "http"}, "up")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errs, `DEVPROXY_PORT is "http", which is no port`)
}
