package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/compose/spelling"
)

// builtinCaddyfile is the repository's Caddyfile, byte by byte.
//
//go:embed Caddyfile
var builtinCaddyfile []byte

// site is what `up` loads into Caddy, and where that will answer.
type site struct {
	source    string // file name, or "built-in Caddyfile"
	config    []byte // Caddy JSON
	addresses []string
	url       string
	note      string // said once at start, when not empty
}

// prepare turns flags and Caddyfile into a config whose ports are free.
func (o *upOptions) prepare(cmd *cobra.Command, p project) (site, error) {
	source, body, note, err := o.read()
	if err != nil {
		return site{}, err
	}
	if err := o.choosePort(cmd.Flags().Changed("port"), body); err != nil {
		return site{}, err
	}
	if err := o.complete(); err != nil {
		return site{}, err
	}
	s := site{source: source, note: note}
	if err := o.setEnvironment(); err != nil {
		return site{}, err
	}
	if s.config, err = adapt(source, body); err != nil {
		return site{}, err
	}
	if err := o.ineffective(cmd, source, body); err != nil {
		return site{}, err
	}
	written := s.config
	if s.config, err = complete(written, p); err != nil {
		return site{}, o.flagged(err)
	}
	if s.config, err = explained(s.config, written, caddymodule.Origins{File: source, Text: string(body), Flags: givenFlags(cmd)}); err != nil {
		return site{}, err
	}
	if err := checkDocker(cmd.Context(), p, s.config); err != nil {
		return site{}, err
	}
	if s.addresses, err = listenAddresses(s.config); err != nil {
		return site{}, err
	}
	sites, err := sitesOf(s.config)
	if err != nil {
		return site{}, err
	}
	s.url = caddymodule.SiteURL(sites)
	return s, checkFree(s.addresses)
}

// complete fills in what the flags leave open.
func (o *upOptions) complete() error {
	if len(o.extensions) == 0 {
		if _, err := os.Stat("manifest.json"); err == nil {
			o.extensions = []string{"."}
		}
	}
	for _, dir := range o.extensions {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return usageFault("extension_not_found", "name the folder that holds the extension's manifest.json", "--extension %s is not a folder", dir)
		}
	}
	if err := caddymodule.CheckApp(o.app); err != nil {
		return usageFault("app_invalid", "write --app http://localhost:5173, or the folder of your app's files", "%w", err)
	}
	if len(o.command) > 0 {
		port, err := freePort()
		if err != nil {
			return err
		}
		o.app = "http://localhost:" + strconv.Itoa(port)
	}
	if app, err := url.Parse(o.app); err == nil && len(o.command) == 0 && app.Port() == strconv.Itoa(o.port) && isLocal(app.Hostname()) {
		return usageFault("app_invalid", "give the app another port, or devproxy with --port", "--app %s is devproxy's own address", o.app)
	}
	if o.port == 0 {
		var err error
		if o.port, err = freePort(); err != nil {
			return err
		}
	}
	return nil
}

// read finds the Caddyfile. One that happens to lie in the folder and says
// nothing of a runner is another program's.
func (o *upOptions) read() (source string, body []byte, note string, err error) {
	if o.config != "" {
		body, err = os.ReadFile(o.config)
		if err != nil {
			return "", nil, "", usageFault("config_not_found", "name a Caddyfile or Caddy JSON file, or leave --config out", "reading the config: %w", err)
		}
		return o.config, body, "", nil
	}
	body, err = os.ReadFile("Caddyfile")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return builtinName, builtinCaddyfile, "", nil
	case err != nil:
		return "", nil, "", usageFault("config_not_found", "make it readable, or name another with --config", "reading the config: %w", err)
	case !strings.Contains(string(body), "runner"):
		return builtinName, builtinCaddyfile, "./Caddyfile has no runner block, so the built-in one is used", nil
	}
	return "Caddyfile", body, "", nil
}

const builtinName = "built-in Caddyfile"

// setEnvironment is how flags reach the Caddyfile: each is a variable.
func (o *upOptions) setEnvironment() error {
	dirs := make([]string, len(o.extensions))
	for i, dir := range o.extensions {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return fmt.Errorf("finding extension %s: %w", dir, err)
		}
		dirs[i] = quote(abs)
	}
	files := make([]string, len(o.files))
	for i, file := range o.files {
		files[i] = quote(file)
	}
	if err := o.setBackend(len(files) > 0); err != nil {
		return err
	}
	for name, value := range o.variables(strings.Join(dirs, " "), strings.Join(files, " ")) {
		// a flag that is not given leaves its variable as the user set it
		if value == "" && os.Getenv(name) == "" {
			_ = os.Unsetenv(name) // an empty one would hide the default
			continue
		}
		if value == "" && name != "DEVPROXY_APP" && name != "DEVPROXY_EXTENSION" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	return nil
}

// setBackend has flags go over the environment, which goes over the Caddyfile.
func (o *upOptions) setBackend(files bool) error {
	switch {
	case o.backend != "":
	case o.service != "":
		o.backend = "knative"
	case files:
		o.backend = "docker"
	}
	if files { // a project of ours, not the runner that the variable names
		if err := os.Unsetenv(caddymodule.EnvDockerHost); err != nil {
			return fmt.Errorf("unsetting %s: %w", caddymodule.EnvDockerHost, err)
		}
	}
	if o.backend == "" {
		return nil
	}
	if err := os.Setenv(caddymodule.EnvBackend, o.backend); err != nil {
		return fmt.Errorf("setting %s: %w", caddymodule.EnvBackend, err)
	}
	return nil
}

// flagged says of --backend, where that was given, what is wrong with it.
func (o *upOptions) flagged(err error) error {
	var unknown *caddymodule.UnknownBackendError
	if o.backend == "" || !errors.As(err, &unknown) {
		return err
	}
	what := fmt.Sprintf("--backend %s is unknown", unknown.Name)
	if near := spelling.Nearest(unknown.Name, unknown.Known); near != "" {
		what += fmt.Sprintf("; did you mean %q?", near)
	}
	return usageFault("backend_unknown", "write one of "+strings.Join(unknown.Known, ", ")+", or the URL of a runner", "%s", what)
}

// variables are the flags as the Caddyfile has them.
func (o *upOptions) variables(dirs, files string) map[string]string {
	return map[string]string{
		"DEVPROXY_BACKEND":      o.backend,
		"DEVPROXY_SERVICE":      quote(o.service),
		"DEVPROXY_EMULATE":      o.emulate,
		"DEVPROXY_FILE":         files,
		"DEVPROXY_PROJECT_NAME": quote(o.project),
		"DEVPROXY_KEEP":         map[bool]string{true: "on"}[o.keep],
		portVariable:            strconv.Itoa(o.port),
		"DEVPROXY_EXTENSION":    dirs,
		"DEVPROXY_APP":          quote(o.app),
		"DEVPROXY_BIND":         loopback(),
		"DEVPROXY_WATCH":        o.watch,
		"DEVPROXY_LIVE_RELOAD":  o.liveReload,
		"DEVPROXY_EDITOR":       quote(o.editor),
		"DEVPROXY_SOURCE":       map[bool]string{true: "strict"}[o.strict],
		"DEVPROXY_CONSOLE":      map[bool]string{true: "off"}[o.noConsole],
		"DEVPROXY_SCHEME":       map[bool]string{true: "https"}[o.https],
		"DEVPROXY_ISOLATION":    o.isolation,
		"DEVPROXY_RECORD":       o.record,
	}
}

// quote makes one Caddyfile token of s, whatever is in it.
func quote(s string) string {
	if s == "" {
		return ""
	}
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// loopback names the loopback addresses of this machine; some have no IPv6.
func loopback() string {
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return "127.0.0.1"
	}
	listener.Close()
	return "127.0.0.1 [::1]"
}
