// rules.go contains what may be kept: which requests, and which answers.

package assetcache

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// addressed is the path of an asset whose URL names its content's hash.
var addressed = regexp.MustCompile(`^/ext-ui/[^/]+/sha256(?::|%3[Aa])[0-9a-fA-F]{64}/`)

// Addressed says whether an escaped path names its content, so that every
// runner must answer it alike.
func Addressed(path string) bool { return addressed.MatchString(path) }

// keyOf gives what r's answer would be kept under. The query belongs to it: a
// runner may judge the tenant that it names.
func keyOf(r *http.Request) (key string, ok bool) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	path := r.URL.EscapedPath()
	if !reads || !Addressed(path) || r.Header.Get("Upgrade") != "" {
		return "", false
	}
	if r.URL.RawQuery == "" {
		return path, true
	}
	return path + "?" + r.URL.RawQuery, true
}

// asksAnew: a reload that shall bypass caches brings what is kept up to date,
// so that nobody has to restart anything to get rid of a wrong answer.
func asksAnew(r *http.Request) bool {
	asked := r.Header.Get("Cache-Control")
	return asked != "" && directives([]string{asked})["no-cache"]
}

// keepable says whether an answer may be kept: a 200 that is the same for
// everybody and for ever, in no encoding of its own.
func keepable(status int, header http.Header, largest int64) bool {
	said := directives(header.Values("Cache-Control"))
	for _, name := range []string{"Set-Cookie", "Content-Encoding", "Content-Range", "Trailer"} {
		if len(header.Values(name)) > 0 {
			return false
		}
	}
	if length, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil && length > largest {
		return false
	}
	forAll := !said["no-store"] && !said["no-cache"] && !said["private"]
	return status == http.StatusOK && said["immutable"] && forAll && variesByEncodingOnly(header)
}

func variesByEncodingOnly(header http.Header) bool {
	for name := range directives(header.Values("Vary")) {
		if name != "accept-encoding" {
			return false
		}
	}
	return true
}

// directives are the lower-case words of a comma-separated header, without
// their values.
func directives(values []string) map[string]bool {
	words := map[string]bool{}
	for _, value := range values {
		for word := range strings.SplitSeq(value, ",") {
			word, _, _ = strings.Cut(word, "=")
			if word = strings.ToLower(strings.TrimSpace(word)); word != "" {
				words[word] = true
			}
		}
	}
	return words
}
