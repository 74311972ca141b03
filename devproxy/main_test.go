package main

import (
	"os"
	"testing"
)

// TestMain spares the devproxys that tests start the second for which a program
// with the race detector sleeps before it ends, so that races of its last moment
// are seen, too: a twentieth of one is enough for that, and some hundred of them
// are started. Whoever sets GORACE has it as set.
func TestMain(m *testing.M) {
	if _, set := os.LookupEnv("GORACE"); !set {
		os.Setenv("GORACE", "atexit_sleep_ms=50")
	}
	os.Exit(m.Run())
}
