// Package dockerrunner is the docker-runner API: a container engine over HTTP for
// those who know a shared secret. Package caddymodule mounts it as a handler, and
// the command `devproxy docker-runner` serves it alone; it calls package docker
// for the engine, and checks signatures as package runnerclient makes them.
//
// handler.go is the way of a request: admit, read, check, route, answer. Each
// family of endpoints has a file of its own.
package dockerrunner
