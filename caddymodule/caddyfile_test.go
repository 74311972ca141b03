package caddymodule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func adaptText(text string) (string, error) {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	return string(config), err
}

func TestCaddyfile_errors_say_what_where_and_what_was_meant(t *testing.T) {
	for text, want := range map[string]string{
		"{\n\trunner {\n\t\textnsion .\n\t}\n}":                                 `unrecognized runner option "extnsion"; did you mean "extension"?, at Caddyfile:3`,
		"{\n\trunner {\n\t\tbackend a http://x\n\t\tdefault b\n\t}\n}":          `default backend "b" is not defined; known: a, embedded, at Caddyfile:4`,
		"{\n\trunner {\n\t\tbackend\n\t}\n}":                                    `a backend needs a name and a URL, as in 'backend docker http://127.0.0.1:8085', at Caddyfile:3`,
		"{\n\trunner {\n\t\tbackend a http://x\n\t\tbackend a http://y\n\t}\n}": `backend "a" is defined already, at Caddyfile:4`,
		"{\n\trunner {\n\t\tbackend a 127.0.0.1:80\n\t}\n}":                     `"127.0.0.1:80" is no base URL`,
		"{\n\trunner {\n\t\tbackend embedded http://x\n\t}\n}":                  `takes no URL, at Caddyfile:3`,
		"{\n\trunner {\n\t\ttimeout soon\n\t}\n}":                               `"soon" is no duration above 0; write one such as 5s, at Caddyfile:3`,
		"{\n\trunner {\n\t\tlimits {\n\t\t\tmemory much\n\t\t}\n\t}\n}":         `"much" is no size; write one such as 10MiB, at Caddyfile:4`,
		"{\n\trunner {\n\t\tlimits {\n\t\t\tmemory 1KiB\n\t\t}\n\t}\n}":         `memory must be at least 1MiB, at Caddyfile:4`,
		"{\n\trunner {\n\t\textension . {\n\t\t\tsecrt a b\n\t\t}\n\t}\n}":      `unrecognized extension option "secrt"; did you mean "secret"?, at Caddyfile:4`,
		"{\n\trunner {\n\t}\n\trunner {\n\t}\n}":                                `keep one runner block, at Caddyfile:4`,
		extensionBlock("build_container"):                                       `build_container takes an image, as in 'build_container node:22'`,
		extensionBlock("build_container a b"):                                   `build_container takes an image`,
		extensionBlock("build_container service:"):                              `needs an image or a service`,
		extensionBlock("build_container a", "build_container b"):                `keep one, at Caddyfile:5`,
		extensionBlock("build_container a {", "comand x", "}"):                  `unrecognized build_container option "comand"; did you mean "command"?, at Caddyfile:5`,
		extensionBlock("build_container a {", "output ..", "}"):                 `output ".." is no folder below the extension's`,
		extensionBlock("build_container a {", "memory 1MiB", "}"):               `memory must be at least 6MiB, at Caddyfile:5`,
		extensionBlock("build_container a {", "timeout never", "}"):             `"never" is no duration above 0`,
		"{\n\trunner {\n\t\trecord perhaps\n\t}\n}":                             `at Caddyfile:3`,
		"{\n\trunner x\n}":   `at Caddyfile:2`,
		":80 {\n\trunner\n}": `there is no runner yet; add a runner block to the global options at the top of the Caddyfile, at Caddyfile:2`,
		"{\n\trunner\n}\n:80 {\n\trunner {\n\t\tprefx /x\n\t}\n}":                  `unrecognized runner option "prefx"; did you mean "prefix"?, at Caddyfile:6`,
		"{\n\trunner\n}\n:80 {\n\trunner {\n\t\tgateway perhaps\n\t}\n}":           `gateway is on or off, not "perhaps", at Caddyfile:6`,
		"{\n\trunner\n}\n:80 {\n\trunner {\n\t\texpose v1\n\t}\n}":                 `path "v1" must start with /, at Caddyfile:6`,
		"{\n\trunner\n}\n:80 {\n\trunner {\n\t\tprefix runner\n\t}\n}":             `prefix "runner" must start with /`,
		"{\n\trunner\n}\n:80 {\n\trunner {\n\t\tprefix /a%20b\n\t}\n}":             `prefix "/a%20b" must start with / and name a path, and neither end with / nor hold any of % * ? [ {, as in "/runner", at Caddyfile:6`,
		"{\n\trunner\n}\n:80 {\n\trunner_origin {\n\t\tprefix /r*\n\t}\n}":         `prefix "/r*" must`,
		"{\n\trunner\n}\n:80 {\n\trunner_app a b\n}":                               `at Caddyfile:5`,
		"{\n\trunner\n}\n:80 {\n\treverse_proxy {\n\t\tdynamic runner x\n\t}\n\n}": `at Caddyfile:6`,
	} {
		_, err := adaptText(text)
		assert.ErrorContains(t, err, want, "%s", text)
	}
}

func extensionBlock(lines ...string) string {
	return "{\n\trunner {\n\t\textension . {\n" + strings.Join(lines, "\n") + "\n\t\t}\n\t}\n}"
}

func TestCaddyfile_a_build_container_becomes_json(t *testing.T) {
	config, err := adaptText(extensionBlock("build_container service:web {", "command make all", "output dist ui/made", "timeout 90s", "snapshot off", "memory 1GiB", "}"))
	require.NoError(t, err)
	assert.Contains(t, config, `"build":{"container":{"service":"web","command":["make","all"],"outputs":["dist","ui/made"],"timeout":90000000000,"no_snapshot":true,"memory_mb":1024}}`)
}

func TestValidate_a_build_container_in_json(t *testing.T) {
	for want, b := range map[string]Build{
		"exclude each other":         {Off: true, Container: &BuildContainer{Image: "x"}},
		"say the same":               {Command: "make", Container: &BuildContainer{Image: "x", Command: []string{"make"}}},
		"not both":                   {Container: &BuildContainer{Image: "x", Service: "y"}},
		"a word of its command":      {Container: &BuildContainer{Image: "x", Command: []string{""}}},
		"memory at least 6MiB":       {Container: &BuildContainer{Image: "x", MemoryMB: 1}},
		`output "/etc" is no folder`: {Container: &BuildContainer{Image: "x", Outputs: []string{"/etc"}}},
		`output "a/.." is no folder`: {Container: &BuildContainer{Image: "x", Outputs: []string{"a/.."}}},
	} {
		app := App{Default: embeddedName, Extensions: []*Extension{{Dir: ".", Build: &b}}}
		assert.ErrorContains(t, app.Validate(), "extensions[0]: ")
		assert.ErrorContains(t, app.Validate(), want)
	}
}

func TestCaddyfile_needs_no_order_and_comes_before_what_else_answers(t *testing.T) {
	s := serve(t, "", "respond everything 418\nhandle /health {\nrespond handled 418\n}\nrunner")
	assert.Equal(t, 200, s.get("/health").status)
	assert.Equal(t, 404, s.get("/runner/v1/x").status)
	assert.Equal(t, 418, s.get("/other").status)
}

func TestCaddyfile_keeps_secrets_out_of_the_config(t *testing.T) {
	t.Setenv("PLANTED_TOKEN", "hunter2")
	config, err := adaptText("{\n\trunner {\n\t\tservice_token {env.PLANTED_TOKEN}\n\t}\n}")
	require.NoError(t, err)
	assert.Contains(t, config, "{env.PLANTED_TOKEN}")
	assert.NotContains(t, config, "hunter2")

	s := serve(t, "service_token {env.PLANTED_TOKEN}", "runner")
	assert.Equal(t, "hunter2", live.Load().Settings().ServiceToken)
	assert.Equal(t, 200, s.get("/health").status)
}

// TestCaddyfile_becomes_this_JSON compares whole adaptations, so that a change
// of what a Caddyfile means is seen.
func TestCaddyfile_becomes_this_JSON(t *testing.T) {
	files, err := filepath.Glob("testdata/*.caddyfile")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		want, err := os.ReadFile(strings.TrimSuffix(file, ".caddyfile") + ".json")
		require.NoError(t, err)
		config, err := adaptText(string(text))
		require.NoError(t, err)
		assert.JSONEq(t, string(want), config, "%s; it became:\n%s", file, config)
	}
}
