package container

import "slices"

// Config says which project, and whose it is.
type Config struct {
	Dir      string   // where relative files are looked up, and what names the project
	Files    []string // compose files; none: those of COMPOSE_FILE, else a project of our own around this executable
	EnvFiles []string
	Profiles []string
	Name     string // project name; default: by compose's rules, unique to Dir
	StateDir string // holds the compose file of a project of our own, and generations' binaries
	CacheDir string // holds the executable that is compiled for it
	Instance string // who owns what is made; stable per project folder
	Keep     bool   // leave containers running when devproxy ends
	// Store is where the runner fetches what is published here; nil for none.
	// It is no part of what [Config.Equal] compares.
	Store Store
	// ServiceToken is given to the runner of a project of our own. Default: a
	// random one, kept in StateDir.
	ServiceToken string
}

// Equal says whether a runner of c need not be replaced for d.
func (c Config) Equal(d Config) bool {
	return c.Dir == d.Dir && c.StateDir == d.StateDir && c.CacheDir == d.CacheDir && c.Name == d.Name && c.Instance == d.Instance && c.Keep == d.Keep && c.ServiceToken == d.ServiceToken &&
		slices.Equal(c.Files, d.Files) && slices.Equal(c.EnvFiles, d.EnvFiles) &&
		slices.Equal(c.Profiles, d.Profiles)
}
