// dashboard_config.go contains the effective configuration as the dashboard
// shows it, which an extension's page may read: names of secrets, no values.

package caddymodule

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap/zapcore"

	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

// setting is one line of the configuration.
type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// configuration is all of it.
type configuration struct {
	// Explained are the settings with who said them, as 'devproxy config' has
	// them.
	Explained []Setting      `json:"explained"`
	Groups    []settingGroup `json:"groups"`
}

// settingGroup is a part of the configuration.
type settingGroup struct {
	Name     string    `json:"name"`
	Settings []setting `json:"settings"`
}

// effective is what s comes to, in the words of the Caddyfile. The groups have
// what is not explained.
func effective(s engine.Settings) configuration {
	groups := []settingGroup{{"Runner", []setting{
		{"state_dir", s.StateDir},
		{"cache_dir", s.CacheDir},
		{"service_token", isSet(s.ServiceToken != "")},
		{"record", map[bool]string{true: "on", false: "off"}[s.Record]},
	}}}
	for _, name := range slices.Sorted(maps.Keys(s.Backends)) {
		b := s.Backends[name]
		group := settingGroup{"Backend " + name, []setting{{"kind", string(b.Kind)}}}
		if b.BaseURL != nil {
			group.Settings = append(group.Settings, setting{"url", b.BaseURL.Redacted()})
		}
		groups = append(groups, group)
	}
	for _, e := range s.Extensions {
		groups = append(groups, settingGroup{"Extension " + e.Dir, []setting{
			{"tenant", e.Tenant},
			{"watch", string(e.Loop.Watch)},
			{"source", string(e.Loop.Source)},
			{"history", fmt.Sprint(e.Loop.History)},
			{"secrets", names(maps.Keys(e.Secrets))},
			{"config", names(maps.Keys(e.Config))},
		}})
	}
	return configuration{append([]Setting{}, s.Explained...), groups}
}

func names(all iter.Seq[string]) string {
	return cmp.Or(strings.Join(slices.Sorted(all), ", "), "none")
}

func isSet(set bool) string {
	if set {
		return "set"
	}
	return "not set"
}

// secrets are the values that the dashboard blanks wherever they stand.
func secrets(s engine.Settings) []string {
	list := []string{s.ServiceToken}
	for _, b := range s.Backends {
		list = append(list, b.ServiceToken)
	}
	for _, e := range s.Extensions {
		list = slices.AppendSeq(list, maps.Values(e.Secrets))
	}
	return list
}

// textOf is a log field's value.
func textOf(field zapcore.Field) string {
	object := zapcore.NewMapObjectEncoder()
	field.AddTo(object)
	return fmt.Sprint(object.Fields[field.Key])
}
