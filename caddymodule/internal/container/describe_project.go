package container

import (
	"path/filepath"
)

// Project is what the commands need to find the project in the engine.
type Project struct {
	Name     string   `json:"name"`
	Dir      string   `json:"dir"`
	Files    []string `json:"files"`
	EnvFiles []string `json:"env_files,omitempty"`
	Profiles []string `json:"profiles,omitempty"`
	Service  string   `json:"service"`
	Instance string   `json:"instance"`
	Engine   string   `json:"engine"`
	BuildLog string   `json:"build_log"` // holds what the last builds printed
}

// Project describes what runs; nil until it is known.
func (r *Runner) Project() *Project {
	s := r.current()
	if s == nil {
		return nil
	}
	p := &Project{
		Name: s.Project.Compose.Name, Dir: s.Project.Compose.WorkingDir, Files: s.Project.Compose.ComposeFiles,
		EnvFiles: absolute(r.cfg.Dir, r.cfg.EnvFiles), Profiles: r.cfg.Profiles, Service: s.Runner, Instance: s.Instance, Engine: s.Engine.Endpoint(), BuildLog: r.builds.file,
	}
	return p
}

// absolute makes files independent of the folder that they were named in.
func absolute(dir string, files []string) []string {
	out := make([]string, len(files))
	for i, file := range files {
		if out[i] = file; !filepath.IsAbs(file) {
			out[i] = filepath.Join(dir, file)
		}
	}
	return out
}
