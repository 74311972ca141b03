package project

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// name is a project's name as it was asked for, or the default. The file's own
// `name:` comes between the two.
type name struct {
	value    string
	explicit bool
}

// chooseName takes the one asked for, else COMPOSE_PROJECT_NAME, else a default.
func chooseName(projectDir, asked string, env types.Mapping) (name, []Problem) {
	origin := "-p"
	if asked == "" {
		asked, origin = env[consts.ComposeProjectName], consts.ComposeProjectName
	}
	if asked == "" {
		return name{value: defaultName(projectDir)}, nil
	}
	if loader.NormalizeProjectName(asked) != asked {
		return name{}, []Problem{{
			Key: origin, Code: CodeName,
			Message: fmt.Sprintf("project name %q (from %s) is not valid", asked, origin),
			Fix:     "use lower-case letters, digits, \"-\" and \"_\", a letter or digit first",
		}}
	}
	return name{asked, true}, nil
}

// defaultName is readable by the repository's folder and unique by the path, so
// that two checkouts side by side do not share containers, networks and volumes.
func defaultName(projectDir string) string {
	if real, err := filepath.EvalSymlinks(projectDir); err == nil {
		projectDir = real
	}
	sum := sha256.Sum256([]byte(projectDir))
	base := loader.NormalizeProjectName(filepath.Base(repository(projectDir)))
	if base == "" {
		base = "devproxy"
	}
	return fmt.Sprintf("%.32s-%s", base, hex.EncodeToString(sum[:4]))
}

// repository is the nearest folder upwards that is a repository's root, else dir.
func repository(dir string) string {
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, ".git")); err == nil {
			return up
		}
		if up == filepath.Dir(up) {
			return dir
		}
	}
}
