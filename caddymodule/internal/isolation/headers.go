// headers.go contains what is added to the responses of an extension's UI.

package isolation

import (
	"net/http"
	"slices"
	"strings"
)

const (
	policyHeader = "Content-Security-Policy"
	nullOrigin   = "null"
)

// sandbox leaves a page what a tool in a frame needs. Without
// allow-same-origin its origin is opaque; without allow-top-navigation it
// cannot take the host's place; and its pop-ups are sandboxed as well.
const sandbox = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads"

// AddSandbox makes the page in a response one of an opaque origin. A page like
// that asks for its own module scripts and fonts as `Origin: null`, and gets
// them; other origins are told nothing. The policy is one of its own: what the
// runner allows is bounded by it, and the other way round.
func AddSandbox(header http.Header, origin string) {
	header.Add(policyHeader, sandbox)
	addVary(header, "Origin")
	if origin == nullOrigin {
		header.Set("Access-Control-Allow-Origin", nullOrigin)
	}
}

func addVary(header http.Header, name string) {
	for _, value := range header.Values("Vary") {
		for word := range strings.SplitSeq(value, ",") {
			if word = strings.TrimSpace(word); word == "*" || strings.EqualFold(word, name) {
				return
			}
		}
	}
	header.Add("Vary", name)
}

// AllowFraming lets the pages of hosts, which are origins such as
// `http://localhost:3000`, show a page that has an origin of its own. Where the
// runner says 'self' it means the origin that host and extension shared, so
// the hosts are added there; other ancestors that it names stay as they are,
// and so does a refusal of all.
func AllowFraming(header http.Header, hosts []string) {
	named := false
	values := header.Values(policyHeader)
	for i, value := range values {
		values[i] = eachDirective(value, func(words []string) []string {
			if !strings.EqualFold(words[0], "frame-ancestors") {
				return words
			}
			named = true
			if slices.ContainsFunc(words, isSelf) {
				words = append(words, hosts...)
			}
			return words
		})
	}
	if !named && strings.EqualFold(header.Get("X-Frame-Options"), "deny") {
		return
	}
	if !named {
		header.Add(policyHeader, strings.Join(append([]string{"frame-ancestors", "'self'"}, hosts...), " "))
	}
	// void beside frame-ancestors, and SAMEORIGIN would refuse the host
	header.Del("X-Frame-Options")
}

func isSelf(word string) bool { return strings.EqualFold(word, "'self'") }

// eachDirective rewrites the directives of a list of policies; one that comes
// back as it was keeps its bytes.
func eachDirective(value string, rewrite func(words []string) []string) string {
	policies := strings.Split(value, ",")
	for i, policy := range policies {
		directives := strings.Split(policy, ";")
		for j, directive := range directives {
			words := strings.Fields(directive)
			if len(words) == 0 {
				continue
			}
			if after := rewrite(words); len(after) != len(words) {
				directives[j] = " " + strings.Join(after, " ")
			}
		}
		policies[i] = strings.TrimLeft(strings.Join(directives, ";"), " ")
	}
	return strings.Join(policies, ", ")
}
