// Package stack owns the lifecycle of a compose project: its networks, volumes
// and services, and one runner service that is replaced by generations, without a
// gap. The Caddy module's Docker backend and the commands call it; it calls
// package docker for every word with the engine and package project for what the
// files say.
//
// What it knows is in the engine: containers carry the labels of Compose and two
// of our own, the instance and the generation. A process that was killed at any
// step leaves nothing that the next one cannot adopt or reap by them.
//
// A runner whose service names a binary is the fast path: each generation mounts
// a folder with its own copy of it, and a spare container with an empty folder is
// made ahead of need, so that a deployment only copies and starts.
package stack
