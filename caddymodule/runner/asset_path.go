package runner

import (
	"io/fs"
	"net/url"
	"path"
	"strings"
	"unicode"
)

const (
	assetPrefix = "/ext-ui/"

	// The longest path that is looked at; file systems end about here too,
	// and a longer one is only a way to keep the runner busy.
	maxAssetPathBytes = 2048
	maxAssetSegments  = 64
	maxSegmentBytes   = 255
)

// assetRoute is what the URL of an asset names.
type assetRoute struct {
	extension string
	hash      string
	path      string // below ui/, clean, without leading slash
}

// parseAssetRoute takes `/ext-ui/{extension}/{hash}/{path}` apart. It works
// on the escaped path, so that an encoded slash cannot become a separator.
func parseAssetRoute(escaped string) (assetRoute, error) {
	rest := strings.TrimPrefix(escaped, assetPrefix)
	extension, rest, _ := strings.Cut(rest, "/")
	hash, tail, _ := strings.Cut(rest, "/")
	if extension == "" || hash == "" || tail == "" {
		return assetRoute{}, notFound("the URL names no asset; ask for /ext-ui/{extension}/{hash}/index.html")
	}
	var route assetRoute
	var err error
	if route.extension, err = url.PathUnescape(extension); err != nil || !validName(route.extension) {
		return assetRoute{}, badRequest("invalid_extension_id", "invalid extension id: it must be one plain name such as publisher.name")
	}
	if hash, err = url.PathUnescape(hash); err != nil {
		return assetRoute{}, badRequest("invalid_content_hash", errHash.Error())
	}
	if route.hash, err = parseHash(hash); err != nil {
		return assetRoute{}, badRequest("invalid_content_hash", err.Error())
	}
	route.path, err = parseAssetPath(tail)
	return route, err
}

// parseAssetPath gives the clean, decoded form of an escaped path below ui/.
// Repeated slashes collapse; what could leave the folder, name a hidden file
// or mean something else on another system is refused.
func parseAssetPath(escaped string) (string, error) {
	if len(escaped) > maxAssetPathBytes {
		return "", invalidPath("it is longer than a file's path can be")
	}
	if strings.HasPrefix(escaped, "/") {
		return "", invalidPath("it is absolute")
	}
	var segments []string
	for raw := range strings.SplitSeq(escaped, "/") {
		if raw == "" {
			continue
		}
		segment, err := url.PathUnescape(raw)
		if err != nil {
			return "", invalidPath("it is not percent-encoded correctly")
		}
		if reason := refusedSegment(segment); reason != "" {
			return "", invalidPath(reason)
		}
		segments = append(segments, segment)
	}
	clean := strings.Join(segments, "/")
	if len(segments) > maxAssetSegments || !fs.ValidPath(clean) {
		return "", invalidPath("it is not the path of a file")
	}
	if ext := path.Ext(clean); ext != "" && contentTypes[strings.ToLower(ext)] == "" {
		return "", invalidPath("files ending in " + ext + " are not served")
	}
	return clean, nil
}

// refusedSegment says why a decoded segment is not served; empty if it is.
func refusedSegment(s string) string {
	switch {
	case len(s) > maxSegmentBytes:
		return "a segment is longer than a file name can be"
	case s[0] == '.':
		return "hidden files and relative segments are not served"
	case strings.HasSuffix(s, "."):
		return "names that end in a dot are not served"
	case strings.ContainsAny(s, `/\`):
		return "a segment contains a slash or a backslash"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "a segment contains a control character"
	case hasEscape(s):
		return "a segment is percent-encoded twice"
	}
	return ""
}

// hasEscape reports whether a decoded segment still holds a percent escape.
// Some later decoder might take it for a slash or a dot.
func hasEscape(s string) bool {
	for i := strings.IndexByte(s, '%'); i >= 0 && i+2 < len(s); i++ {
		if s[i] == '%' && isHex(s[i+1]) && isHex(s[i+2]) {
			return true
		}
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func invalidPath(reason string) *failure {
	return badRequest("invalid_path", "invalid path: "+reason)
}
