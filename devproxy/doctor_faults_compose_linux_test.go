package main

import (
	"strings"

	"github.com/stretchr/testify/assert"
)

// runnerWith is a compose file whose runner has this key, too.
func runnerWith(line string) func(*ward) {
	return writing("compose.yml", "services:\n  extension-runner:\n    image: x\n    "+line+"\n")
}

const usesHost = "environment: {UI_PROXY_BASE_URL: \"http://user:s3cret@host.docker.internal:3000\"}"

// What a compose file may hold.
var composeFaults = []provoked{
	{"compose_unknown_key", stateWrong, `compose\.yml:4: service "extension-runner": .*comand`, runnerWith("comand: x"), mending(runnerWith("command: x"))},
	{"compose_unsupported", stateWrong, `compose\.yml:4: .*"external_links" is not supported`, runnerWith("external_links: [db]"), mending(runnerWith(""))},
	{"compose_unsupported", stateWarning, `compose\.yml:4: .*"attach" is ignored`, runnerWith("attach: false"), mending(runnerWith(""))},
	{"compose_variable_unset", stateWarning, `compose\.yml:4: .*DEVPROXYTEST_UNSET`, runnerWith(`command: "x $DEVPROXYTEST_UNSET"`), mending(writing(".env", "DEVPROXYTEST_UNSET=1\n"))},
	{"env_file_missing", stateWrong, `env file \.env\.runner does not exist`, func(w *ward) {
		runnerWith("env_file: .env.runner")(w)
		w.write(".env.runner.example", "RUNNER_SERVICE_TOKEN=\n")
	}, func(w *ward, f finding) {
		fix(w, f)
		assert.FileExists(w.t, w.at(".env.runner"))
	}},
	{"container_name_fixed", stateWarning, `container_name: one`, runnerWith("container_name: one"), mending(runnerWith(""))},
	{"extra_hosts_missing", stateWrong, `environment: UI_PROXY_BASE_URL$`, runnerWith(usesHost), addHost(usesHost)},
	{"extra_hosts_missing", stateWrong, `environment: FROM_FILE$`, func(w *ward) {
		runnerWith("env_file: the.env")(w)
		w.write("the.env", "FROM_FILE=http://host.docker.internal:3000\n")
	}, addHost("env_file: the.env")},
}

// addHost writes the line that the fix has.
func addHost(line string) func(*ward, finding) {
	return func(w *ward, f finding) {
		hosts, found := strings.CutPrefix(f.Fix, "add to the service: ")
		assert.True(w.t, found, f.Fix)
		runnerWith(line + "\n    " + hosts)(w)
	}
}
