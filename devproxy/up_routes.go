package main

import (
	"encoding/json"
	"fmt"
	"net"
)

// routes is what a config does with requests, as far as start-up tells.
type routes struct {
	runner bool     // some site has the runner directive
	apps   []string // what runner_app handlers serve; "" is the example host
}

// routesOf walks a Caddy config.
func routesOf(config []byte) (routes, error) {
	var root any
	if err := json.Unmarshal(config, &root); err != nil {
		return routes{}, fmt.Errorf("reading the config's routes: %w", err)
	}
	var r routes
	r.walk(root)
	return r, nil
}

func (r *routes) walk(node any) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			r.walk(child)
		}
	case map[string]any:
		switch node["handler"] {
		case "runner", "runner_site":
			r.runner = true
		case "runner_app":
			app, _ := node["app"].(string)
			r.apps = append(r.apps, app)
		}
		for _, child := range node {
			r.walk(child)
		}
	}
}

// exposedNote warns of a site that other machines can reach: whoever reaches
// it runs handlers here.
func exposedNote(addresses []string) string {
	for _, address := range addresses {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			continue
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return "other machines can reach " + address + "; add 'bind 127.0.0.1 [::1]' to the site to prevent that"
		}
	}
	return ""
}
