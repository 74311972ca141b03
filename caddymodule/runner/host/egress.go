package host

// egress.go decides which hosts `http.fetch` may reach.

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// egress is the parsed allowlist. The zero value denies every host.
type egress struct {
	all   bool
	rules []egressRule
}

type egressRule struct {
	host string // lower-case ASCII without trailing dot
	port string // empty: every port
}

// CheckEgress says what is wrong with an allowlist, before a Platform is made.
func CheckEgress(allowlist []string) error {
	_, err := parseEgress(allowlist)
	return err
}

// Allows says whether an allowlist lets handlers fetch from address, which is a
// host, or host:port. Without a port, http's or https's will do.
func Allows(allowlist []string, address string) bool {
	e, err := parseEgress(allowlist)
	if err != nil {
		return false
	}
	for _, scheme := range []string{"http", "https"} {
		if u, err := url.Parse(scheme + "://" + address); err == nil && e.allows(u) {
			return true
		}
	}
	return false
}

// parseEgress reads the allowlist; see [Options.EgressAllowlist].
func parseEgress(items []string) (egress, error) {
	var e egress
	for _, item := range items {
		item = strings.TrimSpace(item)
		switch item {
		case "":
		case "*":
			e.all = true
		default:
			rule, err := parseEgressRule(item)
			if err != nil {
				return egress{}, err
			}
			e.rules = append(e.rules, rule)
		}
	}
	return e, nil
}

func parseEgressRule(item string) (egressRule, error) {
	if _, err := netip.ParseAddr(item); err == nil && strings.Contains(item, ":") {
		item = "[" + item + "]"
	}
	u, err := url.Parse("//" + strings.TrimPrefix(item, "*."))
	if err == nil && u.User == nil && u.Path == "" && u.RawQuery == "" && u.Fragment == "" {
		if host, ok := asciiHost(u.Hostname()); ok {
			return egressRule{host: host, port: u.Port()}, nil
		}
	}
	return egressRule{}, fmt.Errorf("reading the egress allowlist: %q is not a host; "+
		"write a name such as api.example.com, optionally with :port, or * for every host", item)
}

// allows says whether u's host is on the list.
func (e egress) allows(u *url.URL) bool {
	if e.all {
		return true
	}
	host, ok := asciiHost(u.Hostname())
	if !ok {
		return false
	}
	for _, rule := range e.rules {
		if rule.matches(host, portOf(u)) {
			return true
		}
	}
	return false
}

func (r egressRule) matches(host, port string) bool {
	if r.port != "" && r.port != port {
		return false
	}
	if host == r.host {
		return true
	}
	// An address has no subdomains: 127.0.0.1 is not below "0.0.1", nor is
	// anything below 127.0.0.1.
	return !isAddress(host) && !isAddress(r.host) && strings.HasSuffix(host, "."+r.host)
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// asciiHost is the form in which hosts are compared: the one that is looked
// up in DNS, so that two spellings of a name cannot differ in what is allowed.
func asciiHost(host string) (string, bool) {
	host = strings.TrimSuffix(host, ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().String(), addr.Zone() == ""
	}
	ascii, err := lookupProfile.ToASCII(host)
	if err != nil || ascii == "" || strings.HasPrefix(ascii, ".") || strings.Contains(ascii, ":") {
		return "", false
	}
	return ascii, true
}

// lookupProfile maps names as browsers do; underscores pass, since container
// networks use them.
var lookupProfile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
