package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/expression"
)

// findings collects what is wrong or ignored in a project that compose-go
// accepts.
func (l *loading) findings(model map[string]any, compose *types.Project) *supportWalk {
	w := support(l.sources, inUse(model, compose), func(service string) bool {
		_, ok := compose.Services[service]
		return ok
	})
	for _, name := range sortedKeys(compose.Services) {
		service := compose.Services[name]
		w.errors = append(w.errors, l.missingEnvFiles(service)...)
		w.errors = append(w.errors, l.missingFiles(compose, service)...)
		w.errors = append(w.errors, l.wrongRestart(service)...)
		w.errors = append(w.errors, l.readExtension(service)...)
	}
	w.errors = append(w.errors, l.binaries(compose)...)
	errors, warnings := l.watchRules(compose)
	w.errors, w.warnings = append(w.errors, errors...), append(w.warnings, warnings...)
	w.errors = append(w.errors, l.unknownExtensionKeys()...)
	w.warnings = append(w.warnings, l.inheritedProfiles(compose)...)
	w.warnings = append(w.warnings, l.obsoleteVersion()...)
	w.warnings = append(w.warnings, l.changedName()...)
	return w
}

// inUse leaves out the secrets and configs that no enabled service uses.
func inUse(model map[string]any, compose *types.Project) map[string]any {
	used := map[string]map[string]bool{"secrets": {}, "configs": {}}
	for _, service := range compose.Services {
		for _, s := range service.Secrets {
			used["secrets"][s.Source] = true
		}
		for _, c := range service.Configs {
			used["configs"][c.Source] = true
		}
	}
	kept := map[string]any{}
	for key, value := range model {
		section, ok := value.(map[string]any)
		if names := used[key]; ok && names != nil {
			some := map[string]any{}
			for name, value := range section {
				if names[name] {
					some[name] = value
				}
			}
			value = some
		}
		kept[key] = value
	}
	return kept
}

func (l *loading) missingEnvFiles(service types.ServiceConfig) []Problem {
	var problems []Problem
	for _, env := range service.EnvFiles {
		if why := unreadable(env.Path); why != "" && (bool(env.Required) || why != "does not exist") {
			p := l.sources.problem(l.sources.locate("services."+service.Name+".env_file"), CodeEnvFileMissing)
			p.Message = fmt.Sprintf("env file %s %s", shown(l.dir, env.Path), why)
			p.Fix = "create it, or say required: false"
			problems = append(problems, withExample(p, l.dir, env.Path))
		}
	}
	return problems
}

// missingFiles are files of secrets and configs that are not there. The engine
// would make a folder in their place, or refuse with a path and nothing else.
func (l *loading) missingFiles(compose *types.Project, service types.ServiceConfig) []Problem {
	var problems []Problem
	missing := func(kind, name, file string) {
		if file == "" || unreadable(file) == "" {
			return
		}
		p := l.sources.problem(l.sources.locate(kind+"s."+name+".file"), CodeFileMissing)
		p.Message = fmt.Sprintf("file %s of %s %q, which service %q uses, %s", shown(l.dir, file), kind, name, service.Name, unreadable(file))
		p.Fix = "create it, or correct the path"
		problems = append(problems, p)
	}
	for _, s := range service.Secrets {
		missing("secret", s.Source, compose.Secrets[s.Source].File)
	}
	for _, c := range service.Configs {
		missing("config", c.Source, compose.Configs[c.Source].File)
	}
	return problems
}

var validRestart = expression.WhenNeeded(`^(|no|always|unless-stopped|on-failure(:\d+)?)$`)

// wrongRestart: the schema takes any text, and the engine refuses it only when
// the container is created.
func (l *loading) wrongRestart(service types.ServiceConfig) []Problem {
	if validRestart().MatchString(service.Restart) {
		return nil
	}
	p := l.sources.problem(l.sources.locate("services."+service.Name+".restart"), CodeValue)
	p.Message = fmt.Sprintf("restart is %q", service.Restart)
	p.Fix = "use no, always, unless-stopped or on-failure[:ATTEMPTS]"
	return []Problem{p}
}

func (l *loading) unknownExtensionKeys() []Problem {
	return slices.DeleteFunc(l.sources.unknownKeys(), func(p Problem) bool {
		return p.Service == "" || !strings.HasPrefix(p.Key, ExtensionName+".")
	})
}
