package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
)

// adapt turns a Caddyfile into Caddy JSON; JSON stays what it is.
func adapt(source string, body []byte) ([]byte, error) {
	if strings.HasSuffix(source, ".json") {
		if !json.Valid(body) {
			return nil, usageFault("config_invalid", "check it with a JSON linter", "%s is not valid JSON", source)
		}
		return body, nil
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(body, map[string]any{"filename": source})
	if err != nil {
		fix := "correct that line; 'devproxy adapt --config " + source + "' shows what becomes of the file"
		if source == builtinName {
			fix = wrongSetting
		}
		return nil, usageFault("config_invalid", fix, "%w", err)
	}
	return config, nil
}

// wrongSetting is what to do where no file of the user's is wrong.
const wrongSetting = "correct the flag or the variable that says so; the default backend is that of --backend, else of RUNNER_BACKEND"

// flagVariables are the flags that a Caddyfile must ask for.
var flagVariables = map[string]string{"port": "DEVPROXY_PORT", "extension": "DEVPROXY_EXTENSION", "app": "DEVPROXY_APP",
	"service": "DEVPROXY_SERVICE", "emulate": "DEVPROXY_EMULATE", "file": "DEVPROXY_FILE", "project-name": "DEVPROXY_PROJECT_NAME", "keep": "DEVPROXY_KEEP",
	"watch": "DEVPROXY_WATCH", "live-reload": "DEVPROXY_LIVE_RELOAD", "editor": "DEVPROXY_EDITOR", "strict": "DEVPROXY_SOURCE", "no-console": "DEVPROXY_CONSOLE",
	"https": "DEVPROXY_SCHEME", "isolation": "DEVPROXY_ISOLATION", "record": "DEVPROXY_RECORD"}

// probes are two values of each variable that takes few.
var probes = map[string][2]string{
	"DEVPROXY_PORT": {"1", "2"}, "DEVPROXY_SERVICE": {"a/b", "a/c"}, "DEVPROXY_EMULATE": {"off", "knative"}, "DEVPROXY_KEEP": {"off", "on"}, "DEVPROXY_WATCH": {"on", "off"},
	"DEVPROXY_LIVE_RELOAD": {"hot", "off"}, "DEVPROXY_SOURCE": {"on", "strict"}, "DEVPROXY_CONSOLE": {"on", "off"},
	"DEVPROXY_SCHEME": {"http", "https"}, "DEVPROXY_ISOLATION": {"none", "sandbox"}, "DEVPROXY_RECORD": {"on", "off"},
}

// ineffective finds a flag that was given and that the Caddyfile ignores:
// adapting it with another value changes nothing.
func (o *upOptions) ineffective(cmd *cobra.Command, source string, body []byte) error {
	if source == builtinName {
		return nil
	}
	for flag, variable := range flagVariables {
		given := cmd.Flags().Changed(flag) || (flag == "app" && len(o.command) > 0)
		if !given || effective(source, body, variable) {
			continue
		}
		return usageFault("flag_without_effect", fmt.Sprintf("write {$%s} where its value belongs, or leave --%s out", variable, flag),
			"%s does not use --%s", source, flag)
	}
	return nil
}

func effective(source string, body []byte, variable string) bool {
	old := os.Getenv(variable)
	defer os.Setenv(variable, old)
	probe := probes[variable][0]
	if probe == old {
		probe = probes[variable][1]
	}
	if probe == "" {
		probe = "http://probe.invalid"
	}
	config, err := adapt(source, body)
	if err != nil || os.Setenv(variable, probe) != nil {
		return true
	}
	other, err := adapt(source, body)
	return err != nil || !bytes.Equal(config, other)
}

// complete adds what a devproxy of this project needs and the config does not
// say: the admin socket that the other commands talk to, and folders of its
// own for state.
func complete(config []byte, p project) ([]byte, error) {
	var root map[string]any
	if err := json.Unmarshal(config, &root); err != nil {
		return nil, usageFault("config_invalid", "the config must be a JSON object", "%w", err)
	}
	apps := child(root, "apps")
	setDefault(child(apps, "http"), "grace_period", "1s") // Caddy's own is for ever
	runner, ok := apps["runner"].(map[string]any)
	if !ok {
		return nil, usageFault("config_invalid", "add 'runner { … }' to the global options at the top, and 'runner' to a site; or leave --config out", "the config has no runner")
	}
	runner, err := overlaid(runner)
	if err != nil {
		return nil, err
	}
	apps["runner"] = runner
	setDefault(runner, "state_dir", filepath.Join(p.StateDir, "runner"))
	setDefault(root, "storage", map[string]any{"module": "file_system", "root": filepath.Join(p.StateDir, "caddy")})
	setDefault(root, "logging", quietLogging)
	completeHTTPS(apps, p)
	readable(root)
	admin := child(root, "admin")
	// what the file says of the admin endpoint is meant for others: devproxy's
	// own commands need the socket, which only this user can open
	admin["listen"], admin["disabled"] = "unix/"+p.AdminSocket()+"|0600", false
	setDefault(child(admin, "config"), "persist", false)
	out, err := json.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("completing the config: %w", err)
	}
	return out, nil
}

// lines are for people where there is a terminal, else JSON.
var lines = map[string]any{"format": "runner"}

// overlaid is the runner's config with what the environment says of where it
// is.
func overlaid(runner map[string]any) (map[string]any, error) {
	config, err := json.Marshal(runner)
	if err != nil {
		return nil, fmt.Errorf("completing the config: %w", err)
	}
	config, err = caddymodule.Effective(config, os.Getenv)
	if err != nil {
		return nil, usageFault("config_invalid", wrongSetting, "%w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(config, &out); err != nil {
		return nil, fmt.Errorf("completing the config: %w", err)
	}
	return out, nil
}

// quietLogging keeps Caddy's own start-up lines out of the terminal.
var quietLogging = map[string]any{"logs": map[string]any{
	"default": map[string]any{"level": "ERROR", "exclude": ownLogs},
	"runner":  map[string]any{"include": ownLogs, "encoder": lines},
}}

var ownLogs = []string{"runner", "http.handlers.runner_gateway"}

// readable has the log of the runner written in lines for people, and what goes
// to the terminal besides, unless the config says how.
func readable(root map[string]any) {
	logging, _ := root["logging"].(map[string]any)
	logs, _ := logging["logs"].(map[string]any)
	if log, ok := logs["runner"].(map[string]any); ok {
		setDefault(log, "encoder", lines)
	}
	if log, ok := logs["default"].(map[string]any); ok && toTerminal(log) {
		setDefault(log, "encoder", lines)
	}
}

// child is the object under key, made when there is none.
func child(of map[string]any, key string) map[string]any {
	if object, ok := of[key].(map[string]any); ok {
		return object
	}
	object := map[string]any{}
	of[key] = object
	return object
}

func setDefault(object map[string]any, key string, value any) {
	if _, ok := object[key]; !ok {
		object[key] = value
	}
}

// explained adds who said which setting, which the config alone does not tell
// any more: variables have gone over what was written.
func explained(config, written []byte, from caddymodule.Origins) ([]byte, error) {
	app, err := runnerOf(written)
	if err != nil {
		return nil, err
	}
	list, err := caddymodule.Explain(app, from, os.Getenv)
	if err != nil {
		return config, nil //nolint:nilerr // what is wrong is said when the config is loaded
	}
	var root map[string]any
	if err := json.Unmarshal(config, &root); err != nil {
		return nil, fmt.Errorf("explaining the config: %w", err)
	}
	setDefault(child(child(root, "apps"), "runner"), "explained", list)
	return json.Marshal(root)
}

// givenFlags are the flags that were given, by the variables that they set.
func givenFlags(cmd *cobra.Command) map[string]string {
	given := map[string]string{}
	for flag, variable := range flagVariables {
		if cmd.Flags().Changed(flag) {
			given[variable] = "--" + flag
		}
	}
	if cmd.Flags().Changed("backend") {
		given[caddymodule.EnvBackend] = "--backend"
	}
	return given
}
