package launcher

import (
	"strconv"
	"strings"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// The labels of workers.
const (
	LabelManaged  = "devproxy.managed"
	LabelInstance = "devproxy.instance"
	LabelJob      = "devproxy.job.id"
	labelType     = "devproxy.job.type"
	labelProject  = "devproxy.project.id"
	labelItem     = "devproxy.work.item"
	labelAgent    = "devproxy.agent.type"
	labelEnabled  = "devproxy.snapshot.enabled"
	labelTTL      = "devproxy.snapshot.ttl"
	labelTimeout  = "devproxy.timeout"
	labelSecrets  = "devproxy.secrets" // names, not values
)

// The labels of snapshots. The workers' own are taken from them: what somebody
// starts from a snapshot by hand is no worker.
const (
	LabelSnapshot    = "devproxy.snapshot"
	LabelSnapshotOf  = "devproxy.snapshot.instance"
	labelSnapProject = "devproxy.snapshot.project"
	labelSnapItem    = "devproxy.snapshot.item"
	labelSnapTTL     = "devproxy.snapshot.lifetime"
	labelSnapBase    = "devproxy.snapshot.base"
)

func (l *Launcher) labels(j Job, secrets []string) map[string]string {
	return map[string]string{
		LabelManaged: "true", LabelInstance: l.state.Instance, LabelJob: j.ID, labelType: j.Type,
		labelProject: j.Project, labelItem: j.Item, labelAgent: j.Agent,
		labelEnabled: strconv.FormatBool(j.Snapshot), labelTTL: j.SnapshotTTL.String(),
		labelTimeout: j.timeout(l.cfg).String(), labelSecrets: strings.Join(secrets, ","),
	}
}

// ours are the labels by which this launcher's containers are found.
func (l *Launcher) ours() map[string]string {
	return map[string]string{LabelManaged: "true", LabelInstance: l.state.Instance}
}

// jobOf reads back what the labels of a container say of its job.
func jobOf(c docker.Container) Job {
	timeout, _ := time.ParseDuration(c.Labels[labelTimeout])
	ttl, _ := time.ParseDuration(c.Labels[labelTTL])
	return Job{
		ID: c.Labels[LabelJob], Type: c.Labels[labelType], Image: c.Image,
		Project: c.Labels[labelProject], Item: c.Labels[labelItem], Agent: c.Labels[labelAgent],
		Snapshot: c.Labels[labelEnabled] == "true", SnapshotTTL: ttl, Timeout: timeout,
	}
}

func secretsOf(c docker.Container) []string {
	return strings.FieldsFunc(c.Labels[labelSecrets], func(r rune) bool { return r == ',' })
}
