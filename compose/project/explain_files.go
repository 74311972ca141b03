package project

import (
	"path/filepath"
	"strings"
)

// fileSayings are about files that a compose file names.
var fileSayings = []saying{
	says(`(?:open|stat|read) (.+?): (.*)`, missingCompose),
	says(`couldn't find env file: (.+)`, missingIncludeEnv),
	says(`label file (.+?) not found: .*`, missingLabelFile),
	says(`failed to read (.+?): (.*)`, func(s *sources, m []string) Problem {
		return envFileProblem(s.dir, sayingError(m[0]))
	}),
}

type sayingError string

func (e sayingError) Error() string { return string(e) }

// missingCompose finds who includes or extends the file.
func missingCompose(s *sources, m []string) Problem {
	why := "cannot be read: " + m[2]
	if known := unreadable(m[1]); known != "" {
		why = known
	}
	for _, u := range s.units {
		for _, included := range s.includes(u) {
			if included.file == m[1] {
				return s.wrong([]string{"include", s.asWritten(u, m[1])}, CodeFileMissing, "correct the path", "included file %s %s", shown(s.dir, m[1]), why)
			}
		}
		for _, service := range s.services() {
			if base, _, ok := s.extended(u, service); ok && base.file == m[1] {
				return s.wrong(ofService(service, "extends", "file"), CodeFileMissing, "correct the path", "file %s, which it extends, %s", shown(s.dir, m[1]), why)
			}
		}
	}
	if env := s.includedEnv(m[1]); env.complete() {
		return s.wrong(env.parts, CodeEnvFileMissing, "create it, or correct the path", "env file %s %s", shown(s.dir, m[1]), why)
	}
	return s.ofProject(CodeFileMissing, shown(s.dir, m[1])+" "+why, "correct the path")
}

// includedEnv is the place of an include's env_file that means the file.
func (s *sources) includedEnv(file string) place {
	at := s.locateParts([]string{"include", anyItem, "env_file"})
	for _, text := range scalars(at.value) {
		if at.complete() && filepath.Base(s.substitute(text)) == filepath.Base(file) {
			return at
		}
	}
	return place{}
}

// asWritten is the text in an include of u that means the file.
func (s *sources) asWritten(u unit, file string) string {
	for _, doc := range s.read(u.file) {
		include := find(doc, []string{"include"})
		if include.depth == 0 {
			continue
		}
		for _, item := range include.value.Content {
			for _, text := range append(scalars(item), scalars(find(item, []string{"path"}).value)...) {
				if s.resolve(u.base, text) == file {
					return text
				}
			}
		}
	}
	return ""
}

func missingIncludeEnv(s *sources, m []string) Problem {
	return s.wrong([]string{"include", anyItem, "env_file"}, CodeEnvFileMissing, "create it, or correct the path", "env file %s does not exist", shown(s.dir, m[1]))
}

func missingLabelFile(s *sources, m []string) Problem {
	for _, service := range s.services() {
		at := s.locateParts(ofService(service, "label_file"))
		for _, text := range scalars(at.value) {
			if at.complete() && strings.HasSuffix(m[1], strings.TrimPrefix(s.substitute(text), "./")) {
				return s.wrong(at.parts, CodeFileMissing, "create it, or correct the path", "label file %s does not exist", shown(s.dir, m[1]))
			}
		}
	}
	return s.wrong([]string{"services"}, CodeFileMissing, "create it, or correct the path", "label file %s does not exist", shown(s.dir, m[1]))
}
