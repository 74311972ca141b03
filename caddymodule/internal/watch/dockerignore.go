package watch

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

const dockerignoreName = ".dockerignore"

// dockerignore is the ignore file of a container build. Its patterns count
// from the root of the context, unlike those of git.
type dockerignore struct {
	matcher *patternmatcher.PatternMatcher
}

// readDockerignore takes a file that is not there for one without patterns.
// It gives a value in any case, without patterns if there is an error.
func readDockerignore(root string) (*dockerignore, error) {
	d := &dockerignore{&patternmatcher.PatternMatcher{}}
	file := filepath.Join(root, dockerignoreName)
	content, _ := os.ReadFile(file) // docker too goes on without the file
	list, err := ignorefile.ReadAll(bytes.NewReader(content))
	if err != nil {
		return d, fmt.Errorf("reading %s: %w", file, err)
	}
	matcher, err := patternmatcher.New(list)
	if err != nil {
		return d, fmt.Errorf("reading %s: %w", file, err)
	}
	d.matcher = matcher
	return d, nil
}

// ignored says for a folder whether nothing of it can be of use: a pattern
// with "!" may bring back what is inside.
func (d *dockerignore) ignored(rel string, dir bool) bool {
	matched, err := d.matcher.MatchesOrParentMatches(rel)
	if err != nil || !matched {
		return false
	}
	return !dir || !d.reenters(rel)
}

// reenters follows docker, which compares the beginning of the pattern with
// the folder, and so does not go after "!**/name" into an ignored one.
func (d *dockerignore) reenters(dir string) bool {
	prefix := filepath.FromSlash(dir) + string(filepath.Separator)
	for _, p := range d.matcher.Patterns() {
		if p.Exclusion() && strings.HasPrefix(p.String()+string(filepath.Separator), prefix) {
			return true
		}
	}
	return false
}
