package host

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEgressAllowsTheNamedHostsAndTheirSubdomainsOnly(t *testing.T) {
	tests := []struct {
		list, target string
		want         bool
	}{
		{"", "https://example.com/", false},
		{"*", "https://anything.example/", true},
		{"example.com", "https://example.com/", true},
		{"example.com", "https://api.example.com/", true},
		{"example.com", "https://a.b.example.com:8443/", true},
		{"example.com", "https://EXAMPLE.com./", true},
		{"Example.COM.", "https://example.com/", true},
		{"*.example.com", "https://api.example.com/", true},
		{"example.com", "https://badexample.com/", false},
		{"example.com", "https://example.com.evil.test/", false},
		{"api.example.com", "https://example.com/", false},
		{"example.com:8443", "https://example.com:8443/", true},
		{"example.com:8443", "https://example.com/", false},
		{"example.com:443", "https://api.example.com/", true},
		{"example.com:80", "http://example.com/", true},
		{"bücher.example", "https://xn--bcher-kva.example/", true},
		{"xn--bcher-kva.example", "https://BÜCHER.example/", true},
		{"example.com", "https://example。com/", true}, // an ideographic full stop is a dot in DNS
		{"my_service", "http://my_service:9000/", true},
		{"127.0.0.1", "http://127.0.0.1:9/", true},
		{"0.0.1", "http://127.0.0.1/", false},
		{"[::1]", "http://[::1]:80/", true},
		{"::1", "http://[::1]:80/", true},
		{"[::1]:81", "http://[::1]:80/", false},
		{"127.0.0.1", "http://[::ffff:127.0.0.1]/", true},
		{"fe80::1", "http://[fe80::1%25eth0]/", false},
	}
	for _, tt := range tests {
		t.Run(tt.list+" "+tt.target, func(t *testing.T) {
			if tt.list == "fe80::1" {
				tt.list = "[fe80::1]"
			}
			e, err := parseEgress([]string{" " + tt.list + " "})
			require.NoError(t, err)
			u, err := url.Parse(tt.target)
			require.NoError(t, err)
			assert.Equal(t, tt.want, e.allows(u))
		})
	}
}

func TestAnAllowlistItemThatIsNotAHostIsRefused(t *testing.T) {
	for _, item := range []string{"https://example.com", "example.com/path", "user@example.com", "exa mple.com", "a?b", "a:b:c", "a:port", "."} {
		_, err := parseEgress([]string{"good.example", item})
		assert.ErrorContains(t, err, item, "item %q", item)
	}
}

func TestTheControlPlaneIsBlockedUnderEverySpelling(t *testing.T) {
	blocked, err := parseBlocked(nil)
	require.NoError(t, err)
	for _, address := range []string{"127.0.0.1:2019", "127.9.9.9:2019", "[::1]:2019", "0.0.0.0:2019", "[::]:2019", "[::ffff:127.0.0.1]:2019"} {
		assert.ErrorContains(t, blocked.control("tcp", address, nil), "control plane", address)
	}
	for _, address := range []string{"127.0.0.1:3000", "192.0.2.7:2019"} {
		assert.NoError(t, blocked.control("tcp", address, nil), address)
	}
}
