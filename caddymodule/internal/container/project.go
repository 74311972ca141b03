package container

import (
	"path/filepath"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Project describes what runs; nil until it is known.
func (r *Runner) Project() *runnerstatus.Project {
	s := r.current()
	if s == nil {
		return nil
	}
	return &runnerstatus.Project{
		Name: s.Project.Compose.Name, Dir: s.Project.Compose.WorkingDir, Files: s.Project.Compose.ComposeFiles,
		EnvFiles: absolute(r.cfg.Dir, r.cfg.EnvFiles), Profiles: r.cfg.Profiles,
		Service: s.Runner, Instance: s.Instance, Engine: s.Engine.Endpoint(), BuildLog: r.builds.file,
	}
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
