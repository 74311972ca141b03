// caddy.go contains devproxy and the Caddy that it is built on.

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// startDevproxy starts it without an app of its own: everything goes to the
// origin. Its servers are those of the built-in Caddyfile.
func startDevproxy(name, binary string) func(ctx context.Context, f *field, dir string) (*server, error) {
	return func(ctx context.Context, f *field, dir string) (*server, error) {
		address, file, err := configure(f.origin.url, dir)
		if err != nil {
			return nil, err
		}
		command := pin(0, binary, "up", "--config", file)
		command.Env = append(os.Environ(), "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
		s, err := launch(ctx, name, "http://"+address+"/runner", dir, command)
		return s.of(binary), err
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
	servers {
		timeouts {
			read_body_idle -1s
			write_idle -1s
		}
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
	s, err := launch(ctx, caddy, "http://"+address, dir, command)
	return s.of(f.caddy), err
}
