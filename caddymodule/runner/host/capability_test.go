package host

import (
	"testing"

	"github.com/stretchr/testify/assert"
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
