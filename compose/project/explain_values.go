package project

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/same-origin/devproxy/compose/expression"
)

// valueSayings are about values; the last ones match any message with a path.
var valueSayings = []saying{
	says(`service "(.+?)" has neither an image nor a build context specified`, func(s *sources, m []string) Problem {
		return s.wrong(ofService(m[1]), CodeValue, "say which image to run, or what to build", `has neither "image" nor "build"`)
	}),
	says("service (.+?) declares mutually exclusive `(.+?)` and `(.+?)`", exclusive),
	says(`service "(.+?)" declares mutualy exclusive (\S+) and (\S+)`, func(s *sources, m []string) Problem {
		return exclusive(s, []string{"", m[1], "build." + m[2], "build." + m[3]})
	}),
	says(`services\.(scale|deploy\.replicas): can't set container_name and (\S+) as container name must be unique`, func(s *sources, m []string) Problem {
		return s.wrong(ofService(m[2], "container_name"), CodeValue, "remove one of the two", "container_name and %s exclude each other", m[1])
	}),
	says(`services\.(.+?): can't set distinct values on '(.+?)' and '(.+?)'`, func(s *sources, m []string) Problem {
		return s.wrong(ofService(m[1], m[2]), CodeValue, "remove one of the two", "%s and %s differ", m[2], m[3])
	}),
	says(`healthcheck\.test must start either by .*`, badHealthTest),
	says(`service (port|volume)s? (\S+) is missing a (?:target port|mount target)`, func(s *sources, m []string) Problem {
		return s.wrong(s.joined(pathOf(m[2])), CodeValue, "add target", "a %s has no target", m[1])
	}),
	says(`service\.build\.platforms MUST include service\.platform "(.+?)"`, badPlatform),
	says(`confusing device mapping, please use long syntax: (.+)`, badDevice),
	says(`((?i:invalid|no port specified).*)`, badPort),
	says(`(service|network|volume|secret|config)s additional properties '(.+?)'.* not allowed`, func(s *sources, m []string) Problem {
		return s.wrong([]string{m[1] + "s", m[2]}, CodeValue, "use letters, digits, \".\", \"_\" and \"-\"", "%q is no name for a %s", m[2], m[1])
	}),
	says(`'?((?:services|networks|volumes|secrets|configs|include|models|jobs|name)\b[^\s':]*)'?:? (.*)`, atPath),
}

func exclusive(s *sources, m []string) Problem {
	return s.wrong(ofService(m[1], strings.Split(m[2], ".")...), CodeValue, "remove one of the two", "%s and %s exclude each other", m[2], m[3])
}

// atPath words what the schema and the decoder say about a path.
func atPath(s *sources, m []string) Problem {
	at := s.locate(m[1])
	p := s.problem(at, CodeValue)
	p.Message = m[2]
	for _, w := range valueWords {
		if found := w.pattern().FindStringSubmatch(m[2]); found != nil {
			p.Message, p.Fix = w.pattern().ReplaceAllString(m[2], w.message), w.fix
		}
	}
	if m[2] == "must be a string" && at.complete() && at.value.Kind == yaml.ScalarNode {
		p.Fix = "write it in quotes"
	}
	subject := p.Key
	if subject == "" {
		subject = "a service"
	}
	p.Message = subject + " " + p.Message
	return p
}

var valueWords = []struct {
	pattern      func() *regexp.Regexp
	message, fix string
}{
	{expression.WhenNeeded(`^must be an? array(.*)$`), "must be a list$1", "write each entry as \"- value\""},
	{expression.WhenNeeded(`^must be a null$`), "must be a text or a list", ""},
	{expression.WhenNeeded(`^value must be one of (.*)$`), "must be one of $1", ""},
	{expression.WhenNeeded(`^missing propert(?:y|ies) (.*)$`), "lacks $1", ""},
	{expression.WhenNeeded(`^invalid size: '(.*)'$`), "must be a size, not \"$1\"", "write a number with b, k, m or g: 512m"},
	{expression.WhenNeeded(`^time: (?:invalid duration|unknown unit .* in duration|missing unit in duration) "(.*)"$`), "must be a duration, not \"$1\"", "write a number with ms, s, m or h: 10s"},
	{expression.WhenNeeded(`^invalid additional host, missing IP: (.*)$`), "has no address for \"$1\"", "write \"NAME:ADDRESS\" or \"NAME:host-gateway\""},
	{expression.WhenNeeded(`^invalid command line string$`), "is not a command line", "close the quotes, or write it as a list"},
	{expression.WhenNeeded(`^unexpected type (\S+)$`), "has a value of type $1", "write NAME=value or NAME: value"},
	{expression.WhenNeeded(`^one of (\S+)\|(\S+) must be set$`), "has neither \"$1\" nor \"$2\"", "add one of the two"},
	{expression.WhenNeeded(`^one of (\S+)\|(\S+)\|(\S+) must be set$`), "has none of \"$1\", \"$2\" and \"$3\"", "add one of the three"},
	{expression.WhenNeeded(`^conflicting parameters "external" and "(.*)" specified$`), "is external and cannot have \"$1\"", "remove one of the two"},
	{expression.WhenNeeded(`^target is required for non-rebuild actions$`), "has an entry without target", "add target, or use action: rebuild"},
}

func badHealthTest(s *sources, _ []string) Problem {
	const fix = `start it with CMD or CMD-SHELL, or write it as one text`
	for _, name := range s.services() {
		at := s.locateParts(ofService(name, "healthcheck", "test"))
		if list := scalars(at.value); at.complete() && at.value.Kind == yaml.SequenceNode && len(list) > 0 && !strings.HasPrefix(list[0], "CMD") && list[0] != "NONE" {
			return s.wrong(at.parts, CodeValue, fix, "healthcheck.test starts with %q", list[0])
		}
	}
	return s.wrong([]string{"services"}, CodeValue, fix, "a healthcheck.test starts with neither CMD nor CMD-SHELL")
}

func badPlatform(s *sources, m []string) Problem {
	for _, name := range s.services() {
		at, built := s.locateParts(ofService(name, "platform")), s.locateParts(ofService(name, "build", "platforms"))
		if at.complete() && built.complete() && s.substitute(at.value.Value) == m[1] {
			return s.wrong(at.parts, CodeValue, "add it to build.platforms", "platform %s is none of build.platforms", m[1])
		}
	}
	return s.ofProject(CodeValue, "platform "+m[1]+" is none of build.platforms", "add it to build.platforms")
}

func badDevice(s *sources, m []string) Problem {
	at := s.itemWhere("devices", func(text string) bool { return text == m[1] })
	return s.wrong(at, CodeValue, "write \"HOST:CONTAINER:rwm\"", "device %q is not a mapping", m[1])
}

// badPort finds the entry that compose-go itself refuses with these words.
func badPort(s *sources, m []string) Problem {
	var culprit string
	at := s.itemWhere("ports", func(text string) bool {
		_, err := types.ParsePortConfig(text)
		culprit = text
		return err != nil && err.Error() == m[1]
	})
	if len(at) == 1 {
		return s.ofProject(CodeInvalid, m[1], "")
	}
	return s.wrong(at, CodeValue, "write \"HOST:CONTAINER\", each a port from 1 to 65535", "port %q: %s", culprit, m[1])
}

// itemWhere is the path of the first item of a service's list that fits, or of
// the services when none does.
func (s *sources) itemWhere(key string, fits func(text string) bool) []string {
	for _, name := range s.services() {
		at := s.locateParts(ofService(name, key))
		if !at.complete() {
			continue
		}
		for i, item := range at.value.Content {
			if item.Kind == yaml.ScalarNode && fits(s.substitute(item.Value)) {
				return append(at.parts, fmt.Sprint(i))
			}
		}
	}
	return []string{"services"}
}
