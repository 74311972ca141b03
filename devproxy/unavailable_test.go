package main

import (
	"os"
	"testing"
)

// unavailable skips the test because this machine lacks something. Where
// everything is supposed to be there, under CI=true, that is a failure.
func unavailable(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI=true allows no skip, but %s", reason)
	}
	t.Skip(reason)
}
