// policy.go contains how a Content-Security-Policy is made to admit the
// script and its event stream.

package livereload

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
)

const policyHeader = "Content-Security-Policy"

// allowScript extends the policies in header where they would refuse a script
// of the page's own origin or its requests there, and returns the nonce that
// the script needs, if any. A policy that admits both stays as it is, byte by
// byte. Otherwise, and only in this response:
//
//   - 'self' is added to what governs scripts, and to what governs requests;
//   - where 'strict-dynamic' makes 'self' void, a nonce is added instead;
//   - what default-src governs gets a directive of its own first.
func allowScript(header http.Header) (nonce string) {
	policies := readPolicies(header)
	for _, p := range policies {
		if nonce = p.nonce(); nonce != "" {
			break
		}
	}
	changed := false
	for i := range policies {
		nonce = policies[i].allowScript(nonce, &changed)
		policies[i].allowRequests(&changed)
	}
	if changed {
		header.Del(policyHeader)
		for _, p := range policies {
			header.Add(policyHeader, p.String())
		}
	}
	return nonce
}

// policy is a list of directives, each a name and its sources.
type policy [][]string

// readPolicies gives every policy: all of them must admit what is loaded.
func readPolicies(header http.Header) (policies []policy) {
	for _, value := range header.Values(policyHeader) {
		for text := range strings.SplitSeq(value, ",") {
			var p policy
			for directive := range strings.SplitSeq(text, ";") {
				if words := strings.Fields(directive); len(words) > 0 {
					p = append(p, words)
				}
			}
			if p != nil {
				policies = append(policies, p)
			}
		}
	}
	return policies
}

func (p policy) String() string {
	var directives []string
	for _, words := range p {
		directives = append(directives, strings.Join(words, " "))
	}
	return strings.Join(directives, "; ")
}

// governing gives the index of the first of names that p has, or -1.
func (p policy) governing(names ...string) int {
	for _, name := range names {
		if i := slices.IndexFunc(p, func(words []string) bool { return strings.EqualFold(words[0], name) }); i >= 0 {
			return i
		}
	}
	return -1
}

func (p policy) script() int { return p.governing("script-src-elem", "script-src", "default-src") }

// nonce gives the one that scripts need.
func (p policy) nonce() string {
	i := p.script()
	if i < 0 {
		return ""
	}
	for _, source := range p[i][1:] {
		if len(source) > 8 && strings.EqualFold(source[:7], "'nonce-") {
			return source[7 : len(source)-1] // its case matters
		}
	}
	return ""
}

func (p *policy) allowScript(nonce string, changed *bool) string {
	i := p.script()
	if i < 0 || nonce != "" && p.nonce() == nonce {
		return nonce
	}
	if has((*p)[i], "'strict-dynamic'") {
		if nonce == "" {
			nonce = rand.Text()
		}
		p.add(i, "script-src", "'nonce-"+nonce+"'", changed)
	} else if !has((*p)[i], "'self'", "*") {
		p.add(i, "script-src", "'self'", changed)
	}
	return nonce
}

func (p *policy) allowRequests(changed *bool) {
	if i := p.governing("connect-src", "default-src"); i >= 0 && !has((*p)[i], "'self'", "*") {
		p.add(i, "connect-src", "'self'", changed)
	}
}

func (p *policy) add(i int, name, source string, changed *bool) {
	*changed = true
	sources := slices.DeleteFunc(slices.Clone((*p)[i][1:]), func(s string) bool { return strings.EqualFold(s, "'none'") })
	sources = append(sources, source)
	if strings.EqualFold((*p)[i][0], "default-src") {
		*p = append(*p, append([]string{name}, sources...))
		return
	}
	(*p)[i] = append([]string{(*p)[i][0]}, sources...)
}

func has(words []string, sources ...string) bool {
	return slices.ContainsFunc(words[1:], func(word string) bool {
		return slices.ContainsFunc(sources, func(s string) bool { return strings.EqualFold(s, word) })
	})
}
