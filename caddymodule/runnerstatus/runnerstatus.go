// Package runnerstatus holds what a running devproxy says of itself: plain
// values, with the names that they have as JSON.
//
// The engine fills a [Snapshot], Caddy's admin endpoint serves it, and the
// commands read it. The change loops speak of a [Problem] too. The package calls nobody.
package runnerstatus

import "time"

// Snapshot is what the engine does at one moment.
type Snapshot struct {
	// URL is where a browser finds the origin; "" when no site has a port.
	URL        string      `json:"url,omitempty"`
	Selected   string      `json:"selected"` // name of the backend that gets the requests; "" for none
	Backends   []Backend   `json:"backends"` // sorted by name
	Extensions []Extension `json:"extensions"`
	// Tasks are what goes on and may take long, the oldest first.
	Tasks []Task `json:"tasks,omitempty"`
	// Compose is the docker backend's project; nil until it is known.
	Compose *Project `json:"compose,omitempty"`
	// Error says what of the configuration could not be applied.
	Error string `json:"error,omitempty"`
}

// Starting is the status of a docker backend whose first container is not
// ready yet.
const Starting = "starting"

// Stopped is the status of a backend that is started on demand, and was not,
// or not again.
const Stopped = "stopped"

// Unconfigured is the status of a backend that nobody said where it is, and
// that is not selected: it is not asked.
const Unconfigured = "not_configured"

// Backend is one backend's state.
type Backend struct {
	Name     string `json:"name"`
	Kind     string `json:"kind" jsonschema:"enum=embedded,enum=url,enum=docker,enum=knative"`
	BaseURL  string `json:"base_url,omitempty"`
	Selected bool   `json:"selected"`
	Status   string `json:"status" jsonschema:"enum=up,enum=down,enum=unknown,enum=starting,enum=stopped,enum=not_configured"` // see [Starting], [Stopped] and [Unconfigured]
	InFlight int64  `json:"in_flight"`
	// Generation counts the containers of a docker backend.
	Generation int `json:"generation,omitempty"`
	// Optional says that devproxy starts without it.
	Optional bool `json:"optional"`
	// Emulated says that it behaves as a Knative service would.
	Emulated bool `json:"emulated,omitempty"`
	// Service is a Knative service, and Revision the newest that is ready, as
	// the cluster says.
	Service  string `json:"service,omitempty"`
	Revision string `json:"revision,omitempty"`
	// ColdStarts is nil while none was seen.
	ColdStarts *ColdStarts `json:"cold_starts,omitempty"`
	// Share says which requests it gets though it is not selected.
	Share *Share `json:"share,omitempty"`
	// Error says why a backend is down, or what is wrong with one that answers
	// all the same.
	Error *Fault `json:"error,omitempty"`
}

// ColdStarts are the starts from zero that were seen.
type ColdStarts struct {
	Count  int   `json:"count"`
	LastMS int64 `json:"last_ms"` // how long the newest took
}

// Share is a part of the requests: so many of a hundred browsers, and those
// with the header or cookie.
type Share struct {
	Percent int    `json:"percent,omitempty"`
	Header  string `json:"header,omitempty"` // name, or name=value
	Cookie  string `json:"cookie,omitempty"`
}

// Extension is one configured extension. Only Dir and Error are set when its
// folder never held a good manifest.
type Extension struct {
	ID        string  `json:"id,omitempty"`
	Name      string  `json:"name,omitempty"`
	Publisher string  `json:"publisher,omitempty"`
	Version   string  `json:"version,omitempty"`
	Hash      string  `json:"hash,omitempty" jsonschema:"pattern=^sha256:[0-9a-f]{64}$"`
	InstallID string  `json:"install_id,omitempty"`
	UIURL     string  `json:"ui_url,omitempty"`
	Dir       string  `json:"dir"`
	Handler   Handler `json:"handler,omitzero"`
	// Build is the id of the build that answers: the first 12 digits of Hash.
	Build string `json:"build,omitempty" jsonschema:"pattern=^[0-9a-f]{12}$"`
	// LatestBuild is the newest build of the working tree, while an earlier
	// one answers in its place; else empty.
	LatestBuild string `json:"latest_build,omitempty" jsonschema:"pattern=^[0-9a-f]{12}$"`
	// Published is when it began to.
	Published time.Time `json:"published,omitzero"`
	// Plan says in words how the UI and the handler are made now.
	Plan string `json:"plan,omitempty"`
	// Watch says how saves are noticed: `events`, `polling`, or empty when
	// they are not.
	Watch string `json:"watch,omitempty" jsonschema:"enum=events,enum=polling"`
	// Problems are what keeps the newest save from being shown; Warnings are
	// what production would refuse.
	Problems []Problem `json:"problems,omitempty"`
	Warnings []Problem `json:"warnings,omitempty"`
	// Error says what is wrong with the folder now. The last good manifest,
	// if there was one, goes on serving.
	Error *Fault `json:"error,omitempty"`
}

// Handler says whether an extension's handler can answer.
type Handler struct {
	// Status is `ready`, `building`, `missing`, `unsupported`, `failed`, or
	// `none` for an extension that declares no endpoints.
	Status  string `json:"status" jsonschema:"enum=ready,enum=building,enum=missing,enum=unsupported,enum=failed,enum=none"`
	Message string `json:"message,omitempty"`
	Fix     string `json:"fix,omitempty"`
	// Mode is where it comes from: `source`, or `artefact` for dist/main.wasm.
	Mode string `json:"mode,omitempty" jsonschema:"enum=source,enum=artefact"`
}

// Project is the docker backend's compose project: what a command needs to
// find it in the engine.
type Project struct {
	Name     string   `json:"name"`
	Dir      string   `json:"dir"`
	Files    []string `json:"files"`
	EnvFiles []string `json:"env_files,omitempty"`
	Profiles []string `json:"profiles,omitempty"`
	Service  string   `json:"service"`   // the runner
	Instance string   `json:"instance"`  // who owns its containers
	Engine   string   `json:"engine"`    // endpoint of the container engine
	BuildLog string   `json:"build_log"` // holds what the last builds printed
}

// Fault is an error as others read it.
type Fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// Docker is the docker backend; nil when there is none, and of a nil Snapshot.
func (s *Snapshot) Docker() *Backend {
	if s == nil {
		return nil
	}
	for i := range s.Backends {
		if s.Backends[i].Kind == "docker" {
			return &s.Backends[i]
		}
	}
	return nil
}

// Generation is the docker backend's container that has the traffic; 0 when
// none has.
func (s *Snapshot) Generation() int {
	if docker := s.Docker(); docker != nil {
		return docker.Generation
	}
	return 0
}
