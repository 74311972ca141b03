// explain.go contains where each setting of the backends comes from.

package caddymodule

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/assetcache"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Setting is one value, and who said it.
type Setting = runnerstatus.Setting

// Origins say what the settings' sources are called.
type Origins struct {
	// File is the Caddyfile's name.
	File string
	// Text is what it says: a variable that no placeholder of it stands for
	// has nothing to say either.
	Text string
	// Flags are the flags that stand for variables, such as `--backend` for
	// RUNNER_BACKEND.
	Flags map[string]string
}

// Explain lists the settings of the config's runner, with what the environment
// says over them. config is the JSON of the app.
func Explain(config json.RawMessage, from Origins, getenv func(string) string) ([]Setting, error) {
	var written, now App
	for _, app := range []*App{&written, &now} {
		if err := json.Unmarshal(config, app); err != nil {
			return nil, fmt.Errorf("reading the runner's config: %w", err)
		}
	}
	if err := now.overlay(getenv); err != nil {
		return nil, err
	}
	now.Default = cmp.Or(now.Default, embeddedName)
	if err := now.checkDefault(); err != nil {
		return nil, err
	}
	x := explanation{from: from, getenv: trimmed(getenv)}
	x.add("default", written.Default, now.Default, embeddedName, EnvBackend)
	x.backends(written, now)
	x.add("public_base", written.PublicBase, now.PublicBase, defaultPrefix, EnvPublicBase)
	x.add("service_token", secret(written.ServiceToken), secret(now.ServiceToken), "", EnvToken)
	x.add("timeout", durationText(written.Timeout), durationText(now.Timeout), "30s", EnvTimeout)
	x.add("hold", durationText(written.Hold), durationText(now.Hold), "5s", "")
	x.rest(written)
	return x.list, x.monitor(now)
}

// explain says who said what, unless somebody has that knows better. It comes
// before the defaults are filled in; what is wrong with the settings they tell.
func (a *App) explain() {
	if a.Explained != nil {
		return
	}
	config, err := json.Marshal(a)
	if err != nil {
		return
	}
	a.Explained, _ = Explain(config, Origins{File: "the configuration"}, os.Getenv)
}

// explanation gathers settings.
type explanation struct {
	from   Origins
	getenv func(string) string
	list   []Setting
}

// rest are settings that only the file has a say in, also where it leaves that
// to a variable.
func (x *explanation) rest(a App) {
	limits, pages := Limits{}, LiveReload{}
	if a.Limits != nil {
		limits = *a.Limits
	}
	if a.LiveReload != nil {
		pages = *a.LiveReload
	}
	for _, s := range []struct{ key, value, fallback, variable string }{
		{"limits.timeout", durationText(limits.Timeout), "5s", ""},
		{"limits.memory", numberText(limits.MemoryMB, " MiB"), "256 MiB", ""},
		{"egress", strings.Join(a.Egress, " "), "none", ""},
		{"asset_cache", numberText(a.AssetCache>>20, " MiB"), numberText(assetcache.DefaultBytes>>20, " MiB"), ""},
		{"watch", a.Watch, "on", "DEVPROXY_WATCH"},
		{"live_reload", pages.Mode, "hot", "DEVPROXY_LIVE_RELOAD"},
		{"history", numberText(a.History, " builds"), numberText(loop.DefaultHistory, " builds"), ""},
	} {
		variable := s.variable
		if !strings.Contains(x.from.Text, "{$"+variable) {
			variable = ""
		}
		x.add(s.key, s.value, s.value, s.fallback, variable)
	}
}

// numberText is empty for what nobody has said.
func numberText[N ~int | ~int64](n N, unit string) string {
	switch {
	case n < 0:
		return "off"
	case n == 0:
		return ""
	}
	return fmt.Sprintf("%d%s", n, unit)
}

// add says whether the value is the variable's, the file's, or the default.
func (x *explanation) add(key, written, now, fallback, variable string) {
	s := Setting{Key: key, Value: cmp.Or(now, fallback), Origin: x.from.File, Variable: variable}
	switch {
	case variable != "" && x.getenv(variable) != "":
		s.Origin = cmp.Or(x.from.Flags[variable], variable)
	case written == "":
		s.Origin = "default"
	}
	x.list = append(x.list, s)
}

func (x *explanation) backends(written, now App) {
	for _, name := range now.backendNames() {
		b, was := now.Backends[name], written.Backends[name]
		if b == nil {
			continue // embedded, about which nothing is said
		}
		variable := ""
		switch name {
		case urlName:
			if was == nil || b.URL != was.URL {
				variable = EnvBackend
			}
		case dockerName:
			variable = EnvDockerHost
			if x.getenv(EnvDockerHost) == "" && b.URL != "" && (was == nil || b.URL != was.URL) {
				variable = EnvBaseURL
			}
		case knativeName:
			variable = EnvBaseURL
		}
		before := ""
		if was != nil {
			before = describeBackend(was)
		}
		x.add("backend."+name, before, describeBackend(b), "", variable)
		if before == "" && x.list[len(x.list)-1].Origin == "default" && (was != nil || name == urlName) {
			x.list[len(x.list)-1].Origin = x.from.File
		}
	}
}

// describeBackend says where a backend is, in words.
func describeBackend(b *Backend) string {
	address := b.URL
	if parsed, err := url.Parse(b.URL); err == nil && !isPlaceholder(b.URL) {
		address = parsed.Redacted()
	}
	switch {
	case b.Compose != nil && len(b.Compose.Files) > 0:
		return "compose project of " + strings.Join(b.Compose.Files, ", ")
	case b.Compose != nil && os.Getenv("COMPOSE_FILE") != "":
		return "compose project of " + os.Getenv("COMPOSE_FILE")
	case b.Compose != nil:
		return "compose project of devproxy's own"
	case b.Knative != nil && b.Knative.Service != "" && address != "":
		return "Knative service " + b.Knative.Service + " through " + address
	case b.Knative != nil && b.Knative.Service != "":
		return "Knative service " + b.Knative.Service
	}
	return address
}

// monitor explains how the selected backend is watched.
func (x *explanation) monitor(now App) error {
	all, err := now.monitors(x.getenv)
	if err != nil {
		return err
	}
	var own *Monitor
	if b := now.Backends[now.Default]; b != nil {
		own = b.Monitor
	}
	said, zero := own.over(now.Monitor.over(monitor.Config{Optional: true, RetryJitter: -1, MaxRetries: -1})), monitor.Default()
	cfg := all[now.Default]
	for _, s := range []struct {
		key, value, variable string
		isDefault            bool
	}{
		{"optional", strconv.FormatBool(cfg.Optional), monitor.EnvOptional, said.Optional == zero.Optional},
		{"retry_base_delay", cfg.RetryBaseDelay.String(), monitor.EnvBaseDelay, said.RetryBaseDelay == 0},
		{"retry_max_delay", cfg.RetryMaxDelay.String(), monitor.EnvMaxDelay, said.RetryMaxDelay == 0},
		{"retry_jitter", cfg.RetryJitter.String(), monitor.EnvJitter, said.RetryJitter < 0},
		{"probe_interval", cfg.ProbeInterval.String(), monitor.EnvProbeInterval, said.ProbeInterval == 0},
		{"max_retries", strconv.Itoa(cfg.MaxRetries), monitor.EnvMaxRetries, said.MaxRetries < 0},
	} {
		written := s.value
		if s.isDefault {
			written = ""
		}
		x.add("monitor."+s.key, written, s.value, "", s.variable)
	}
	return nil
}

func secret(value string) string {
	if value == "" {
		return ""
	}
	return "(set)"
}

func durationText[D ~int64](d D) string {
	if d == 0 {
		return ""
	}
	return time.Duration(d).String()
}
