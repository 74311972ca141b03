package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// index is the form of a history on disk, in history.json.
type index struct {
	Version int       `json:"version"`
	Last    int       `json:"last"` // the highest number given
	Builds  []indexed `json:"builds"`
}

type indexed struct {
	Entry
	Parts []part `json:"parts"` // of the archive, in order
}

// part is a piece of an archive: a file in the folder of blobs.
type part struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

const indexVersion = 1

// highestNumber leaves room to count on from whatever an index says.
const highestNumber = 1 << 30

var (
	hashForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	// partForm keeps a part within its folder, whatever the index says.
	partForm = regexp.MustCompile(`^[0-9a-f]{64}(\.[0-9]{1,6})?$`)
)

// parseIndex reads an index. What it gives is consistent in itself; of builds
// that are not, the errors tell.
func parseIndex(data []byte) (index, []error) {
	var read index
	if err := json.Unmarshal(data, &read); err != nil {
		return index{}, []error{fmt.Errorf("parsing it: %w", err)}
	}
	if read.Version != indexVersion {
		return index{}, []error{fmt.Errorf("its version is %d, not %d", read.Version, indexVersion)}
	}
	var problems []error
	good := index{Version: read.Version, Last: min(max(read.Last, 0), highestNumber)}
	seen := map[string]bool{}
	for i, build := range read.Builds {
		err := build.check()
		if err == nil && seen[build.Hash] {
			err = errors.New("it is listed twice")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("build %d of the list: %w", i+1, err))
			continue
		}
		seen[build.Hash] = true
		good.Last = max(good.Last, build.Number)
		good.Builds = append(good.Builds, build)
	}
	return good, problems
}

func (b indexed) check() error {
	switch {
	case !hashForm.MatchString(b.Hash):
		return fmt.Errorf("its hash is %q", b.Hash)
	case b.Build != buildOf(b.Hash):
		return fmt.Errorf("its id is %q although its hash is %s", b.Build, b.Hash)
	case b.Number < 1 || b.Number > highestNumber:
		return fmt.Errorf("its number is %d", b.Number)
	case b.Size < 1 || b.Size > maxArchive:
		return fmt.Errorf("its size is %d", b.Size)
	}
	left := b.Size
	for _, part := range b.Parts {
		if !partForm.MatchString(part.Name) || part.Size < 1 || part.Size > left {
			return fmt.Errorf("its part %q has %d bytes", part.Name, part.Size)
		}
		left -= part.Size
	}
	if left != 0 {
		return fmt.Errorf("its parts lack %d bytes", left)
	}
	return nil
}
