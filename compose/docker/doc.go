// Package docker is the one place that talks to the container engine: finding
// it, mapping its errors, and the verbs the lifecycle needs. Package stack calls
// it; it calls the Docker client and reads compose-go's types. No type of the
// Docker client crosses its exported API, so that moving to another client stays
// a change of this package alone.
package docker
