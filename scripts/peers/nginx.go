// nginx.go contains nginx, twice: as a proxy, and with its cache.

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

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
	s, err := launch(ctx, name, "http://"+address, dir, pin(0, binary, "-p", dir, "-c", file))
	return s.of(binary), err
}
