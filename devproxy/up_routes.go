package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
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

// runnerIn says whether a route in node, or one below it, has the runner
// directive, and which hosts that route is for.
func runnerIn(node any, within []string) (hosts []string, found bool) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			if hosts, found := runnerIn(child, within); found {
				return hosts, true
			}
		}
	case map[string]any:
		if node["handler"] == "runner" || node["handler"] == "runner_site" {
			return within, true
		}
		within = hostsOf(node["match"], within)
		for _, name := range slices.Sorted(maps.Keys(node)) {
			if hosts, found := runnerIn(node[name], within); found {
				return hosts, true
			}
		}
	}
	return nil, false
}

// hostsOf are the hosts that matchers ask for; within, where they ask for none.
func hostsOf(match any, within []string) (hosts []string) {
	sets, _ := match.([]any)
	for _, set := range sets {
		matchers, _ := set.(map[string]any)
		names, _ := matchers["host"].([]any)
		for _, name := range names {
			if host, is := name.(string); is {
				hosts = append(hosts, host)
			}
		}
	}
	if hosts == nil {
		return within
	}
	return hosts
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
