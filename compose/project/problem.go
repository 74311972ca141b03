package project

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Codes of problems; they stay the same when the words change.
const (
	CodeSyntax           = "compose_syntax"            // not YAML, or not a mapping
	CodeUnknownKey       = "compose_unknown_key"       // a key the specification lacks
	CodeValue            = "compose_value"             // a value of the wrong type or range
	CodeReference        = "compose_reference"         // names a service, network, … that is not there
	CodeVariableRequired = "compose_variable_required" // ${NAME:?…} without a value
	CodeVariableUnset    = "compose_variable_unset"    // $NAME without a value, taken as empty
	CodeFileMissing      = "compose_file_missing"      // a compose, secret or config file is not there
	CodeEnvFile          = "env_file_invalid"          // an env file that cannot be read
	CodeEnvFileMissing   = "env_file_missing"          // a mandatory env file is not there
	CodeName             = "compose_project_name"      // no valid project name
	CodeUnsupported      = "compose_unsupported"       // a key that devproxy does not carry out
	CodeObsolete         = "compose_obsolete"          // a key that Compose itself ignores
	CodeDisabled         = "compose_service_disabled"  // a service that no active profile enables
	CodeInvalid          = "compose_invalid"           // anything else compose-go refuses
)

// Problem is one finding in a compose file: an error in a LoadError, a warning
// in Project.Warnings.
type Problem struct {
	// File is relative to the working directory when below it, else absolute;
	// empty when no file is to blame.
	File string
	// Line and Column count from 1; 0 when unknown.
	Line, Column int
	// Service is empty for what is outside of services.
	Service string
	// Key is the dotted path below the service, or from the top of the file.
	Key     string
	Message string
	// Fix is what to do next, often a command.
	Fix  string
	Code string

	missing missingFile
}

// Error reads `docker-compose.yml:7: service "web": unknown key "imge"; did you
// mean "image"?`.
func (p Problem) Error() string {
	if p.Fix == "" {
		return p.Words()
	}
	return p.Words() + "; " + p.Fix
}

// Words is Error without the fix, for those who show that by itself.
func (p Problem) Words() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Service != "" {
		fmt.Fprintf(&b, "service %q: ", p.Service)
	}
	b.WriteString(p.Message)
	return b.String()
}

// LoadError is every problem that keeps a project from being loaded, in the
// order of files and lines.
type LoadError struct{ Problems []Problem }

func (e *LoadError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

func fail(problems ...Problem) error { return &LoadError{Problems: problems} }

// shown is how a person who works in dir would write the path.
func shown(dir, path string) string {
	rel, err := filepath.Rel(dir, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return path
	}
	return rel
}

var (
	_ error = Problem{}
	_ error = (*LoadError)(nil)
)
