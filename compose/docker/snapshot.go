package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
)

// SnapshotSpec says what of a container an image keeps beside its files.
type SnapshotSpec struct {
	Ref string // name:tag of the image
	// Base is the image that the container was made of. Its command and its
	// variables are the new image's, too.
	Base string
	// Blank are variables of the container whose values the image does not get.
	Blank  []string
	Labels map[string]string
}

// Commit makes an image of a container's files, one layer on its own image, and
// returns its id. Engines below API 1.45 keep the container's whole environment
// in the image beside the blanked one, where `docker inspect` shows it: a
// container that holds secrets is one for [Engine.Flatten].
func (e *Engine) Commit(ctx context.Context, id string, spec SnapshotSpec) (string, error) {
	var changes []string
	for _, key := range spec.Blank {
		changes = append(changes, "ENV "+key+"=")
	}
	base, err := e.imageChanges(ctx, spec.Base)
	if err != nil {
		return "", err
	}
	changes = slices.Concat(changes, base, labelChanges(spec.Labels))
	made, err := e.cli.ContainerCommit(ctx, id, container.CommitOptions{Reference: spec.Ref, Changes: changes, Pause: true})
	return made.ID, mapped("committing container", short(id), err)
}

// Flatten is Commit into one layer, with nothing of the container's own
// configuration: no variable of it is anywhere in the image. It reads and writes
// all files, which takes seconds for large images.
func (e *Engine) Flatten(ctx context.Context, id string, spec SnapshotSpec) (string, error) {
	changes, err := e.imageChanges(ctx, spec.Base)
	if err != nil {
		return "", err
	}
	files, err := e.cli.ContainerExport(ctx, id)
	if err != nil {
		return "", mapped("exporting container", short(id), err)
	}
	defer files.Close()
	body, err := e.cli.ImageImport(ctx, image.ImportSource{Source: files, SourceName: "-"}, spec.Ref,
		image.ImportOptions{Changes: append(changes, labelChanges(spec.Labels)...)})
	if err != nil {
		return "", mapped("importing image", spec.Ref, err)
	}
	defer body.Close()
	if err := firstError(body); err != nil {
		return "", mapped("importing image", spec.Ref, err)
	}
	made, err := e.InspectImage(ctx, spec.Ref)
	return made.ID, err
}

// imageChanges are the lines of a Dockerfile that say what an image does.
func (e *Engine) imageChanges(ctx context.Context, name string) ([]string, error) {
	found, err := e.cli.ImageInspect(ctx, name)
	if err != nil || found.Config == nil {
		return nil, mapped("inspecting image", name, err)
	}
	c, lines := found.Config, []string{}
	for _, variable := range c.Env {
		key, value, _ := strings.Cut(variable, "=")
		lines = append(lines, "ENV "+key+"="+quoted(value))
	}
	if c.WorkingDir != "" {
		lines = append(lines, "WORKDIR "+c.WorkingDir)
	}
	if c.User != "" {
		lines = append(lines, "USER "+c.User)
	}
	return append(lines, "ENTRYPOINT "+words(c.Entrypoint), "CMD "+words(c.Cmd)), nil
}

// words are a command as Dockerfiles write it; none takes away what there was.
func words(list []string) string {
	text, err := json.Marshal(list)
	if err != nil || len(list) == 0 {
		return "[]"
	}
	return string(text)
}

func labelChanges(labels map[string]string) []string {
	var lines []string
	for _, key := range sorted(labels) {
		lines = append(lines, fmt.Sprintf("LABEL %q=%s", key, quoted(labels[key])))
	}
	return lines
}

// quoted keeps a Dockerfile from seeing variables and escapes in a value.
func quoted(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(value) + `"`
}

// StoredImage is what the engine has of one image.
type StoredImage struct {
	ID      string
	Names   []string
	Labels  map[string]string
	Size    int64 // bytes, with the layers that it shares
	Layers  int
	Created time.Time
}

// FindImage looks at one image by name or id.
func (e *Engine) FindImage(ctx context.Context, name string) (StoredImage, error) {
	found, err := e.cli.ImageInspect(ctx, name)
	if err != nil {
		return StoredImage{}, mapped("inspecting image", name, err)
	}
	stored := StoredImage{ID: found.ID, Names: found.RepoTags, Size: found.Size, Layers: len(found.RootFS.Layers), Created: instant(found.Created)}
	if found.Config != nil {
		stored.Labels = found.Config.Labels
	}
	return stored, nil
}

// FindImages lists the images that carry all the labels and have a name. An
// empty value asks for the key alone.
func (e *Engine) FindImages(ctx context.Context, labels map[string]string) ([]StoredImage, error) {
	list, err := e.cli.ImageList(ctx, image.ListOptions{Filters: labelFilter(labels)})
	if err != nil {
		return nil, mapped("listing images", "by their labels", err)
	}
	var found []StoredImage
	for _, summary := range list {
		one, err := e.FindImage(ctx, summary.ID)
		if Is(err, CodeImageNotFound) {
			continue // removed while the list was made
		}
		if err != nil {
			return nil, err
		}
		if len(one.Names) > 0 {
			found = append(found, one)
		}
	}
	return found, nil
}

// DropImage is RemoveImage for those who must know whether the image went: one
// that a container has is an error with CodeConflict. One that is gone is none.
func (e *Engine) DropImage(ctx context.Context, name string) error {
	_, err := e.cli.ImageRemove(ctx, name, image.RemoveOptions{PruneChildren: true})
	err = mapped("removing image", name, err)
	if Is(err, CodeImageNotFound) {
		return nil
	}
	return err
}
