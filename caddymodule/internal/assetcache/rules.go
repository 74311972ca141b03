// rules.go contains what may be kept: which requests, and which answers.

package assetcache

import (
	"net/http"
	"strconv"
	"strings"
)

// Addressed says whether an escaped path is /ext-ui/{extension}/{hash}/…, and
// so names its content: every runner must answer it alike.
func Addressed(path string) bool {
	rest, ok := strings.CutPrefix(path, "/ext-ui/")
	if !ok {
		return false
	}
	extension, rest, _ := strings.Cut(rest, "/")
	hash, _, file := strings.Cut(rest, "/")
	return extension != "" && file && isHash(hash)
}

// isHash says whether s is a whole content hash; browsers may escape its colon.
func isHash(s string) bool {
	digits, plain := strings.CutPrefix(s, "sha256:")
	if !plain && len(s) > 9 && strings.EqualFold(s[:9], "sha256%3a") {
		digits = s[9:]
	}
	return len(digits) == 64 && strings.IndexFunc(digits, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F')
	}) < 0
}

// keyOf gives what r's answer would be kept under. Host and query belong to it:
// a runner may judge the tenant that either stands for, and what it answers to
// one site is not for another.
func keyOf(r *http.Request) (key string, ok bool) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	path := r.URL.EscapedPath()
	if !reads || !Addressed(path) || r.Header.Get("Upgrade") != "" {
		return "", false
	}
	key = strings.ToLower(r.Host) + path
	if r.URL.RawQuery != "" {
		key += "?" + r.URL.RawQuery
	}
	return key, true
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
