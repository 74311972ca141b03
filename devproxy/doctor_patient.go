package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// engineLimit bounds what is asked of an engine; one that hangs is a finding.
const engineLimit = 20 * time.Second

// patient is the machine and the folder, as far as several checks ask for it.
type patient struct {
	project    project
	extensions []string // folders, absolute
	running    bool     // a devproxy runs for the project
	settings   doctorConfig
	configErr  error

	engine    *docker.Engine // nil when none answers
	engineErr error
}

// doctorConfig is what the checks ask of the config that `up` would load.
type doctorConfig struct {
	addresses   []string
	needsEngine bool           // the docker backend is the default
	compose     *composeConfig // nil: no compose files are named
	secure      bool           // a site speaks https
	authority   string         // folder of the CA that https would use; empty: one of the config's own
	trusted     []authorityFile
}

// admit gathers what there is to examine. What is wrong with it is left to
// the checks.
func (o *doctorOptions) admit(ctx context.Context) (*patient, error) {
	given := slices.Clone(o.up.extensions)
	here, err := findProject()
	if err != nil {
		return nil, err
	}
	config, configErr := o.configuration(here)
	p := &patient{project: here, configErr: configErr}
	p.running = newAdmin(p.project).running()
	if configErr == nil {
		p.settings, p.configErr = readDoctorConfig(config)
	}
	if len(o.up.extensions) > 0 {
		given = o.up.extensions // completed
	}
	for _, dir := range given {
		if abs, err := filepath.Abs(dir); err == nil {
			p.extensions = append(p.extensions, abs)
		}
	}
	p.findCompose()
	limited, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	p.engine, p.engineErr = docker.Connect(limited, docker.Options{})
	return p, nil
}

func (p *patient) dismiss() {
	if p.engine != nil {
		_ = p.engine.Close() // idle connections only
	}
}

// configuration is what `up` would load with these flags.
func (o *doctorOptions) configuration(p project) ([]byte, error) {
	source, body, _, err := o.up.read()
	if err != nil {
		return nil, err
	}
	if err := o.up.choosePort(o.portGiven, body); err != nil {
		return nil, err
	}
	if err := o.up.complete(); err != nil {
		return nil, err
	}
	if err := o.up.setEnvironment(); err != nil {
		return nil, err
	}
	config, err := adapt(source, body)
	if err != nil {
		return nil, err
	}
	return complete(config, p)
}

func readDoctorConfig(config []byte) (d doctorConfig, err error) {
	selected, err := selectedCompose(config)
	if err != nil {
		return d, err
	}
	if d.needsEngine = selected != nil; d.needsEngine && len(selected.Files) > 0 {
		d.compose = selected
	}
	if r, err := routesOf(config); err == nil && !r.runner {
		return d, usageFault("config_invalid", "write 'runner' into a site, or leave --config out", "no site of the config has the runner directive")
	}
	if d.authority, err = authorityOf(config); err != nil {
		return d, err
	}
	if d.trusted, err = authorityFiles(config); err != nil {
		return d, err
	}
	d.secure = len(secureAddresses(config)) > 0
	d.addresses, err = listenAddresses(config)
	return d, err
}

// composeNames are where a project's own compose file is looked for, when no
// flag names one.
var composeNames = []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "docker-compose.runner-dev.yml"}

// findCompose takes a compose file of this folder when it speaks of a runner;
// any other is another program's.
func (p *patient) findCompose() {
	if p.settings.compose != nil {
		return
	}
	if os.Getenv("COMPOSE_FILE") != "" {
		p.settings.compose = &composeConfig{}
		return
	}
	for _, name := range composeNames {
		text, err := os.ReadFile(name)
		if err == nil && strings.Contains(string(text), "runner") {
			p.settings.compose = &composeConfig{Files: []string{name}}
			return
		}
	}
}

// checkConfiguration looks at flags, extensions and Caddyfile.
func checkConfiguration(_ context.Context, p *patient) []finding {
	if p.configErr != nil {
		return ofFault(stateWrong, p.configErr)
	}
	if len(p.extensions) == 0 {
		return fine("it can be loaded; no extension is named, and none lies here")
	}
	var missing []string
	for _, dir := range p.extensions {
		if _, err := os.Stat(filepath.Join(dir, "manifest.json")); errors.Is(err, os.ErrNotExist) {
			missing = append(missing, relative(dir))
		}
	}
	if len(missing) > 0 {
		return []finding{{State: stateWrong, Code: "manifest_missing", Cause: "there is no manifest.json in " + strings.Join(missing, ", "),
			Fix: "name the folder that holds it with --extension, or write an extension with 'devproxy init'"}}
	}
	return fine("it can be loaded, with %d extension(s)", len(p.extensions))
}
