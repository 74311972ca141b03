// field.go contains the contestants: who they are, and how each is configured.

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// field is everybody who takes part, with the origin behind them.
type field struct {
	plan
	dir     string
	origin  *server
	makers  []maker
	running map[string]*server
	report  report
}

// maker starts one contestant; nil and a reason when it cannot take part here.
type maker struct {
	name  string
	start func(ctx context.Context, f *field, dir string) (*server, error)
}

// errAbsent is why a contestant does not take part.
var errAbsent = errors.New("is not on this machine")

// The contestants' names, as the tables have them.
const (
	ours    = "devproxy"
	before  = "devproxy before"
	caddy   = "Caddy `reverse_proxy`"
	nginx   = "nginx `proxy_pass`"
	node    = "Node http-proxy"
	bare    = "bare Go server"
	kept    = "nginx `proxy_cache`"
	withApp = "devproxy, the app's route"
)

func newField(ctx context.Context, p plan) (*field, error) {
	dir, err := os.MkdirTemp("", "devproxy-bench-")
	if err != nil {
		return nil, err
	}
	f := &field{plan: p, dir: dir, running: map[string]*server{}}
	f.makers = []maker{{ours, startDevproxy(ours, p.devproxy)}, {caddy, startCaddy}, {nginx, startNginx}, {kept, startNginxCache}, {node, startNode}}
	if p.before != "" {
		f.makers = append(f.makers, maker{before, startDevproxy(before, p.before)})
	}
	if f.origin, err = launchOrigin(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for _, m := range f.makers {
		s, err := f.start(ctx, m)
		switch {
		case errors.Is(err, errAbsent):
			fmt.Fprintf(os.Stderr, "bench: %s is left out: %v\n", m.name, err)
		case err != nil:
			f.close()
			return nil, err
		default:
			f.running[m.name] = s
		}
	}
	f.running[bare] = f.origin
	return f, nil
}

func (f *field) start(ctx context.Context, m maker) (*server, error) {
	dir, err := os.MkdirTemp(f.dir, "server-")
	if err != nil {
		return nil, err
	}
	return m.start(ctx, f, dir)
}

func (f *field) close() {
	for name, s := range f.running {
		if name != bare {
			s.stop()
		}
	}
	f.origin.stop()
	if err := os.RemoveAll(f.dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// introduce says what was measured on.
func (f *field) introduce(w io.Writer) {
	fmt.Fprintf(w, "%s/%s, %d cores, %s. Each under load for %s, %d rounds in turns, %d connections; medians.\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), f.turn, f.rounds, f.connections)
}

// startDevproxy starts it without an app of its own: everything goes to the origin.
func startDevproxy(name, binary string) func(ctx context.Context, f *field, dir string) (*server, error) {
	return func(ctx context.Context, f *field, dir string) (*server, error) {
		address, file, err := configure(f.origin.url, dir)
		if err != nil {
			return nil, err
		}
		command := pin(0, binary, "up", "--config", file)
		command.Env = append(os.Environ(), "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
		return launch(ctx, name, "http://"+address+"/runner", dir, command)
	}
}

func configure(origin, dir string) (address, file string, err error) {
	address, err = freeAddress()
	if err != nil {
		return "", "", err
	}
	config := fmt.Sprintf(`{
	persist_config off
	auto_https off
	admin off
	log {
		level ERROR
	}
	runner {
		default origin
		backend origin %[2]s
	}
}
http://localhost:%[1]s, http://127.0.0.1:%[1]s {
	bind 127.0.0.1
	runner {
		expose /fresh/* /echo /events /socket /upload /download/*
		max_body 2GiB
	}
	runner_app %[2]s
}
`, port(address), origin)
	file = filepath.Join(dir, "Caddyfile")
	return address, file, os.WriteFile(file, []byte(config), 0o600)
}

func startCaddy(ctx context.Context, f *field, dir string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf("{\n\tpersist_config off\n\tauto_https off\n\tadmin off\n\tlog {\n\t\tlevel ERROR\n\t}\n}\nhttp://127.0.0.1:%s {\n\tbind 127.0.0.1\n\treverse_proxy %s\n}\n", port(address), f.origin.url)
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	command := pin(0, f.caddy, "run", "--config", file)
	command.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	return launch(ctx, caddy, "http://"+address, dir, command)
}

func startNginx(ctx context.Context, f *field, dir string) (*server, error) {
	return runNginx(ctx, f, nginx, dir, "")
}

// startNginxCache keeps what it may on the temporary folder's file system.
func startNginxCache(ctx context.Context, f *field, dir string) (*server, error) {
	return runNginx(ctx, f, kept, dir, "proxy_cache assets;")
}

func runNginx(ctx context.Context, f *field, name, dir, cache string) (*server, error) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		return nil, errAbsent
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	user := "" // whoever we are, else the folder is closed to nginx
	if os.Geteuid() == 0 {
		user = " user root;"
	}
	config := fmt.Sprintf(`daemon off; worker_processes 1; pid %[1]s/pid; error_log stderr;%[5]s
events {}
http {
	access_log off; client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
	keepalive_requests 1000000000; client_max_body_size 0; proxy_request_buffering off; proxy_max_temp_file_size 0;
	proxy_cache_path %[1]s/cache keys_zone=assets:10m;
	upstream origin { server %[3]s; keepalive 64; }
	map $http_upgrade $how { default upgrade; '' ''; }
	server {
		listen %[2]s;
		location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $how; %[4]s }
		location /events { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; }
	}
}
`, dir, address, strings.TrimPrefix(f.origin.url, "http://"), cache, user)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	return launch(ctx, name, "http://"+address, dir, pin(0, binary, "-p", dir, "-c", file))
}

// nodeProxyVersion is the one that is compared with.
const nodeProxyVersion = "1.18.1"

//go:embed proxy.mjs
var nodeProxy string

func startNode(ctx context.Context, f *field, _ string) (*server, error) {
	packages, err := installNodeProxy(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAbsent, err)
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	command := pin(0, "node", "--input-type=module", "-e", nodeProxy, f.origin.url, port(address))
	return launch(ctx, node, "http://"+address, packages, command)
}

// installNodeProxy has npm install it once, outside of any project.
func installNodeProxy(ctx context.Context) (dir string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(cache, "devproxy", "bench", "http-proxy-"+nodeProxyVersion)
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "http-proxy", "package.json")); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, exec.CommandContext(ctx, "npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", dir, "http-proxy@"+nodeProxyVersion).Run()
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }
