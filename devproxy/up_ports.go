package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"

	"github.com/same-origin/devproxy/caddymodule"
)

// listenAddresses reads, off a Caddy config, what its sites will listen on.
func listenAddresses(config []byte) ([]string, error) {
	servers, err := serversOf(config)
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, server := range servers {
		addresses = append(addresses, server.addresses()...)
	}
	slices.Sort(addresses)
	return addresses, nil
}

// httpServer is one of Caddy's, as far as start-up tells.
type httpServer struct {
	Listen    []string          `json:"listen"`
	Policies  []json.RawMessage `json:"tls_connection_policies"`
	Automatic struct {
		Disable bool `json:"disable"`
	} `json:"automatic_https"`
	Routes any `json:"routes"`
	Named  any `json:"named_routes"`
}

func serversOf(config []byte) (map[string]httpServer, error) {
	var root struct {
		Apps struct {
			HTTP struct {
				Servers map[string]httpServer `json:"servers"`
			} `json:"http"`
		} `json:"apps"`
	}
	if err := json.Unmarshal(config, &root); err != nil {
		return nil, fmt.Errorf("reading the sites' addresses: %w", err)
	}
	return root.Apps.HTTP.Servers, nil
}

func (s httpServer) addresses() []string { return caddymodule.TCPAddresses(s.Listen) }

// secure says whether address, one of the server's, speaks https: Caddy adds
// TLS on the port that is made for it.
func (s httpServer) secure(address string) bool {
	return len(s.Policies) > 0 || (strings.HasSuffix(address, ":443") && !s.Automatic.Disable)
}

// sitesOf reads, off a Caddy config, what [caddymodule.SiteURL] goes by.
func sitesOf(config []byte) ([]caddymodule.Listener, error) {
	servers, err := serversOf(config)
	if err != nil {
		return nil, err
	}
	var sites []caddymodule.Listener
	for _, server := range servers {
		hosts, runner := runnerIn(server.Routes, nil)
		_, named := runnerIn(server.Named, nil)
		for _, address := range server.addresses() {
			sites = append(sites, caddymodule.Listener{Address: address, Secure: server.secure(address), Runner: runner || named, Hosts: hosts})
		}
	}
	return sites, nil
}

// checkFree finds out before anything starts, since then the answer can say
// who holds the port.
func checkFree(addresses []string) error {
	for _, address := range addresses {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return portFault(address, err)
		}
		listener.Close()
	}
	return nil
}

func portFault(address string, err error) error {
	_, port, _ := net.SplitHostPort(address)
	f := &fault{Code: "port_in_use", Exit: exitPort, Err: fmt.Errorf("port %s is taken%s", port, holder(port))}
	if errors.Is(err, fs.ErrPermission) {
		f.Code, f.Err = "port_not_permitted", fmt.Errorf("port %s may not be opened by this user", port)
	} else if !strings.Contains(err.Error(), "in use") {
		f.Code, f.Err = "port_unavailable", err
	}
	return f
}

// holder names the process that listens on port, where the system tells.
func holder(port string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return ""
	}
	connections, err := psnet.ConnectionsWithContext(ctx, "tcp")
	if err != nil {
		return ""
	}
	for _, c := range connections {
		if c.Status != "LISTEN" || c.Laddr.Port != uint32(number) || c.Pid == 0 {
			continue
		}
		if p, err := process.NewProcess(c.Pid); err == nil {
			if name, err := p.NameWithContext(ctx); err == nil {
				return fmt.Sprintf(" by %s (pid %d)", name, c.Pid)
			}
		}
		return fmt.Sprintf(" by pid %d", c.Pid)
	}
	return " by a process that this user may not see"
}

// freePort is one that was free a moment ago, on both families.
func freePort() (int, error) {
	var last error
	for range 10 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("finding a free port: %w", err)
		}
		port := listener.Addr().(*net.TCPAddr).Port
		listener.Close()
		if last = checkFree([]string{net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}); last != nil {
			continue
		}
		if loopback() == "127.0.0.1" || checkFree([]string{net.JoinHostPort("::1", strconv.Itoa(port))}) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("finding a free port: %w", last)
}

// loadFault says what of Caddy's error a person can act on.
func (s site) loadFault(err error) error {
	var known *fault
	if what, fix := caddymodule.Unmet(); what != "" {
		return &fault{Code: "runner_required", Exit: exitRunner, Err: errors.New(what), Fix: fix}
	}
	switch {
	case errors.As(err, &known):
		return err
	case strings.Contains(err.Error(), "address already in use"):
		for _, address := range s.addresses {
			if free := checkFree([]string{address}); free != nil {
				return free
			}
		}
	}
	return usageFault("config_rejected", "correct "+s.source+", or the flag whose value it quotes", "%w", err)
}
