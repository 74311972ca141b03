package docker

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/image"
)

// contentLabel holds the digest of what an image was made of.
const contentLabel = "dev.devproxy.content"

// File is one file of an image.
type File struct {
	Content []byte
	Mode    int64 // permission bits; default 0o644
}

// Config is what an image says beside its files.
type Config struct {
	Entrypoint   []string
	Env          []string // KEY=value
	ExposedPorts []uint16 // TCP
	WorkingDir   string
	Labels       map[string]string
}

// BuildFromBinary makes an image of nothing but the given files (by absolute path)
// and returns its id: an import of one flat layer, three times as fast as a build
// from scratch. An image of that name with the same content is left as it is.
func (e *Engine) BuildFromBinary(ctx context.Context, tag string, files map[string]File, config Config) (string, error) {
	digest := contentDigest(files, config)
	if found, err := e.InspectImage(ctx, tag); err == nil && found.Labels[contentLabel] == digest {
		return found.ID, nil
	} else if err != nil && !Is(err, CodeImageNotFound) {
		return "", err
	}
	reader, writer := io.Pipe()
	defer reader.Close() // ends the writer when the engine stops reading early
	go func() { writer.CloseWithError(writeTree(writer, files)) }()
	body, err := e.cli.ImageImport(ctx, image.ImportSource{Source: reader, SourceName: "-"}, tag,
		image.ImportOptions{Changes: config.changes(digest)})
	if err != nil {
		return "", mapped("importing image", tag, err)
	}
	defer body.Close()
	if err := firstError(body); err != nil {
		return "", mapped("importing image", tag, err)
	}
	made, err := e.InspectImage(ctx, tag)
	return made.ID, err
}

// changes are the lines of a Dockerfile that say the same.
func (c Config) changes(digest string) []string {
	lines := []string{"LABEL " + contentLabel + "=" + digest}
	for _, key := range sorted(c.Labels) {
		lines = append(lines, fmt.Sprintf("LABEL %q=%q", key, c.Labels[key]))
	}
	for _, line := range c.Env {
		key, value, _ := strings.Cut(line, "=")
		lines = append(lines, "ENV "+key+"="+quoted(value))
	}
	for _, port := range c.ExposedPorts {
		lines = append(lines, fmt.Sprintf("EXPOSE %d/tcp", port))
	}
	if c.WorkingDir != "" {
		lines = append(lines, "WORKDIR "+c.WorkingDir)
	}
	if len(c.Entrypoint) > 0 {
		words, err := json.Marshal(c.Entrypoint)
		if err == nil {
			lines = append(lines, "ENTRYPOINT "+string(words))
		}
	}
	return lines
}

func contentDigest(files map[string]File, config Config) string {
	sum := sha256.New()
	for _, name := range sorted(files) {
		fmt.Fprintf(sum, "%q %o %d\n", name, files[name].Mode, len(files[name].Content))
		sum.Write(files[name].Content)
	}
	fmt.Fprintf(sum, "%q", config.changes(""))
	return hex.EncodeToString(sum.Sum(nil))
}

// writeTree writes the files and the folders they lie in; /tmp is always there,
// for programs rarely do without.
func writeTree(writer io.Writer, files map[string]File) error {
	archive := tar.NewWriter(writer)
	made := map[string]bool{"/": true}
	errs := []error{addFolder(archive, "/tmp", 0o1777, made)}
	for _, name := range sorted(files) {
		mode := files[name].Mode
		if mode == 0 {
			mode = 0o644
		}
		errs = append(errs, addFolder(archive, path.Dir(name), 0o755, made),
			addFile(archive, strings.TrimPrefix(name, "/"), files[name].Content, mode))
	}
	return errors.Join(append(errs, archive.Close())...)
}

func addFolder(archive *tar.Writer, name string, mode int64, made map[string]bool) error {
	if made[name] || name == "." {
		return nil
	}
	made[name] = true
	if err := addFolder(archive, path.Dir(name), 0o755, made); err != nil {
		return err
	}
	return archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimPrefix(name, "/") + "/", Mode: mode})
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
