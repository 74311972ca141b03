// Package runnerclient is a client of the docker-runner API: a container engine
// over HTTP. Whoever drives a remote engine calls it; it calls packages signature
// and canonicaljson, and the service.
package runnerclient
