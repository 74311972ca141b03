package project

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// extensionKeys read the values under x-devproxy. A value may be a text where a
// number belongs: it may have come from a variable. Each says what it wants when
// it gets something else.
var extensionKeys = map[string]func(e *Extension, text string) (wants string){
	"runner": func(e *Extension, text string) string {
		runner, err := strconv.ParseBool(text)
		e.Runner = runner
		return wanted(err == nil, "true or false")
	},
	"port": func(e *Extension, text string) string {
		port, err := strconv.ParseUint(text, 10, 16)
		e.Port = uint16(port)
		return wanted(err == nil && port > 0, "a port from 1 to 65535")
	},
	"health": func(e *Extension, text string) string {
		e.Health = text
		return wanted(strings.HasPrefix(text, "/"), "a path that starts with /")
	},
	"binary": func(e *Extension, text string) string {
		e.Binary = text
		return wanted(text != "" && !strings.HasSuffix(text, "/"), "the path of a program")
	},
}

func wanted(ok bool, what string) string {
	if ok {
		return ""
	}
	return what
}

// readExtension puts an Extension in place of the raw values of the service.
// Unknown keys are found elsewhere, with everyone else's.
func (l *loading) readExtension(service types.ServiceConfig) []Problem {
	raw, ok := service.Extensions[ExtensionName]
	if !ok {
		return nil
	}
	values, ok := raw.(map[string]any)
	if !ok {
		return []Problem{l.sources.wrong(ofService(service.Name, ExtensionName), CodeValue, "", "%s must be a mapping", ExtensionName)}
	}
	var read Extension
	var problems []Problem
	for _, key := range sortedKeys(values) {
		set := extensionKeys[key]
		if set == nil {
			continue
		}
		if wants := set(&read, fmt.Sprint(values[key])); wants != "" {
			problems = append(problems, l.sources.wrong(ofService(service.Name, ExtensionName, key), CodeValue, "",
				"%s.%s must be %s, not %q", ExtensionName, key, wants, fmt.Sprint(values[key])))
		}
	}
	if read.Binary != "" && !filepath.IsAbs(read.Binary) {
		read.Binary = filepath.Join(l.details.WorkingDir, read.Binary)
	}
	service.Extensions[ExtensionName] = read
	return problems
}
