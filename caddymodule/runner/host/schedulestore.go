package host

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// maxSchedules is the platform's quota of one installation.
const maxSchedules = 50

// schedule is one stored schedule. Nothing fires it here: to try a scheduled
// endpoint, call it.
type schedule struct {
	ID             string `json:"id"`
	EndpointPath   string `json:"endpoint-path"`
	EndpointMethod string `json:"endpoint-method"`
	Name           string `json:"name,omitempty"`
	Cron           string `json:"cron"`
	Timezone       string `json:"timezone"`
	Enabled        bool   `json:"enabled"`
	Payload        string `json:"payload,omitempty"` // JSON text
	LastRunAt      string `json:"last-run-at,omitempty"`
	LastRunStatus  string `json:"last-run-status,omitempty"`
	LastError      string `json:"last-error,omitempty"`
	CreatedAt      string `json:"created-at,omitempty"`
}

func (s schedule) record() guest.Record {
	return guest.Record{
		"id":              s.ID,
		"endpoint-path":   s.EndpointPath,
		"endpoint-method": s.EndpointMethod,
		"name":            some(s.Name),
		"cron":            s.Cron,
		"timezone":        cmp.Or(s.Timezone, "UTC"),
		"enabled":         s.Enabled,
		"payload":         some(s.Payload),
		"last-run-at":     some(s.LastRunAt),
		"last-run-status": some(s.LastRunStatus),
		"last-error":      some(s.LastError),
		"created-at":      some(s.CreatedAt),
	}
}

// scheduleStore keeps one JSON file per installation:
// scheduler/<tenant>/<extension>/<install>.json.
type scheduleStore struct {
	root  string
	locks *locks
}

func newScheduleStore(stateDir string) *scheduleStore {
	return &scheduleStore{root: filepath.Join(stateDir, "scheduler"), locks: newLocks()}
}

func (st *scheduleStore) list(c guest.Context) ([]schedule, error) {
	path := scope(st.root, c) + ".json"
	lock := st.locks.of(path)
	lock.RLock()
	defer lock.RUnlock()
	return readSchedules(path)
}

// change replaces an installation's schedules by what edit makes of them,
// unless edit gives an error.
func (st *scheduleStore) change(c guest.Context, edit func([]schedule) ([]schedule, error)) error {
	path := scope(st.root, c) + ".json"
	lock := st.locks.of(path)
	lock.Lock()
	defer lock.Unlock()
	list, err := readSchedules(path)
	if err != nil {
		return err
	}
	if list, err = edit(list); err != nil {
		return err
	}
	return writeJSON(path, list)
}

func readSchedules(path string) ([]schedule, error) {
	var list []schedule
	err := readJSON(path, &list)
	if errors.Is(err, fs.ErrNotExist) {
		return []schedule{}, nil
	}
	return list, err
}
