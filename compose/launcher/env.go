package launcher

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mostData is what a job's data may take: the kernel gives one variable 128 KiB.
const mostData = 96 << 10

// CodeDataTooLarge is of a job whose data no variable can hold.
const CodeDataTooLarge = "job_data_too_large"

// masters are variables that no worker ever gets, whoever sets them: with them it
// could get at what is not its own.
var masters = []string{"CREDENTIAL_MASTER_KEY", "DOCKER_RUNNER_SHARED_SECRET", "RUNNER_SERVICE_TOKEN"}

// Withheld says that no worker ever gets a variable of that name, or another one
// than the launcher's.
func Withheld(name string) bool {
	return slices.Contains(masters, name) || strings.HasPrefix(name, "DEVPROXY_")
}

// environment is what a worker is given, and the names of the credentials in it.
type environment struct {
	lines   []string
	secrets []string
}

func (l *Launcher) environment(ctx context.Context, j Job, reused bool) (environment, error) {
	if len(j.Data) > mostData {
		return environment{}, &Error{CodeDataTooLarge, fmt.Sprintf("launching job %s: its data has %d bytes, more than the %d that a variable may hold; give the worker a file", j.ID, len(j.Data), mostData)}
	}
	env := environment{lines: []string{"DEVPROXY_JOB_ID=" + j.ID, "DEVPROXY_JOB_TYPE=" + j.Type, "DEVPROXY_JOB_DATA=" + j.Data}}
	env.lines = append(env.lines, j.Env...)
	if reused {
		env.lines = append(env.lines, "DEVPROXY_SNAPSHOT_REUSE=true")
	}
	if j.Snapshot {
		env.lines = append(env.lines, "DEVPROXY_SNAPSHOT_ENABLED=true")
	}
	if j.Credentials != nil {
		found, err := j.Credentials(ctx)
		if err != nil {
			l.capture(Capture{Source: SourceCredentials, Job: j, Err: err})
		} else {
			env.add(found)
		}
	}
	env.lines = slices.DeleteFunc(env.lines, func(line string) bool { return slices.Contains(masters, nameOf(line)) })
	return env, nil
}

func (e *environment) add(credentials map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(credentials)) {
		if !slices.Contains(masters, key) {
			e.lines = append(e.lines, key+"="+credentials[key])
			e.secrets = append(e.secrets, key)
		}
	}
	e.lines = append(e.lines, "DEVPROXY_CREDENTIAL_KEYS="+strings.Join(e.secrets, ","))
}

// blanks are the variables of the job, which no snapshot keeps.
func (j Job) blanks(secrets []string) []string {
	names := []string{"DEVPROXY_JOB_ID", "DEVPROXY_JOB_TYPE", "DEVPROXY_JOB_DATA", "DEVPROXY_SNAPSHOT_REUSE", "DEVPROXY_SNAPSHOT_ENABLED", "DEVPROXY_CREDENTIAL_KEYS"}
	for _, line := range j.Env {
		names = append(names, nameOf(line))
	}
	return append(names, secrets...)
}

func nameOf(line string) string {
	name, _, _ := strings.Cut(line, "=")
	return name
}
