package host

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func TestCapabilitiesAreTrimmedAndLowerCasedAndUnknownOnesListed(t *testing.T) {
	granted, unknown := ParseCapabilities([]string{" Cap:HTTP.fetch ", "http.fetch", "", "cap:moon.land", "cap:storage.kv"})
	assert.Equal(t, []string{"http.fetch", "cap:moon.land"}, unknown)
	assert.Equal(t, Capabilities{
		CapHTTPFetch: true, CapStorageKV: true,
		CapContextRead: true, CapLogEmit: true, CapUserRead: true,
	}, granted)
}

func TestWithoutProvidersOnlyTheAlwaysGrantedCapabilitiesHold(t *testing.T) {
	granted, unknown := ParseCapabilities(nil)
	assert.Empty(t, unknown)
	assert.Equal(t, Capabilities{CapContextRead: true, CapLogEmit: true, CapUserRead: true}, granted)
}

func TestCapabilityOf_knows_every_import_of_the_platform_and_no_other(t *testing.T) {
	for name := range functions {
		of, fn, _ := strings.Cut(name, "#")
		capability, ok := CapabilityOf(guest.Import{Package: "alga:extension", Interface: of, Function: fn})
		assert.True(t, ok, name)
		assert.Contains(t, AllCapabilities(), capability, name)
	}
	for _, other := range []guest.Import{
		{Package: "wasi:http", Interface: "http", Function: "fetch"},
		{Package: "alga:extension", Interface: "http", Function: "steal"},
	} {
		_, ok := CapabilityOf(other)
		assert.False(t, ok, other)
	}
}
