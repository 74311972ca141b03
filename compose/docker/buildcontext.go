package docker

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// strayDockerfile is the name a Dockerfile gets in the context when it lies
// outside it or has no file at all; unlikely to be anyone's own.
const strayDockerfile = ".dockerfile.dev.devproxy"

// contextTar streams the build context and returns the Dockerfile's name in it.
// The goroutine that writes ends when the reader is read out or closed.
func contextTar(b types.BuildConfig) (io.ReadCloser, string, error) {
	ignored, err := ignore(b.Context, b.Dockerfile)
	if err != nil {
		return nil, "", err
	}
	name, content, err := dockerfile(b)
	if err != nil {
		return nil, "", err
	}
	reader, writer := io.Pipe()
	go func() {
		archive := tar.NewWriter(writer)
		err := addTree(archive, b.Context, name, ignored)
		if err == nil && content != nil {
			err = addFile(archive, name, content, 0o644)
		}
		writer.CloseWithError(errors.Join(err, archive.Close()))
	}()
	return reader, name, nil
}

// dockerfile gives the name inside the context, and the content where the context
// does not hold it.
func dockerfile(b types.BuildConfig) (string, []byte, error) {
	if b.DockerfileInline != "" {
		return strayDockerfile, []byte(b.DockerfileInline), nil
	}
	path := b.Dockerfile
	if path == "" {
		path = "Dockerfile"
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(b.Context, path)
	}
	name, err := filepath.Rel(b.Context, path)
	if err == nil && filepath.IsLocal(name) {
		return filepath.ToSlash(name), nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", nil, fmt.Errorf("reading Dockerfile: %w", err)
	}
	return strayDockerfile, content, nil
}

// Ignored gives what the ignore file of a build keeps out of its context, by paths
// relative to that. It is for one goroutine at a time.
func Ignored(b types.BuildConfig) (*patternmatcher.PatternMatcher, error) {
	return ignore(b.Context, b.Dockerfile)
}

// ignore reads the ignore file of this Dockerfile, else that of the context.
func ignore(dir, dockerfile string) (*patternmatcher.PatternMatcher, error) {
	patterns, err := ignorePatterns(dir, dockerfile)
	if err != nil {
		return nil, err
	}
	return patternmatcher.New(patterns)
}

func ignorePatterns(dir, dockerfile string) ([]string, error) {
	for _, name := range []string{dockerfile + ".dockerignore", ".dockerignore"} {
		file, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the build's ignore file: %w", err)
		}
		defer file.Close()
		patterns, err := ignorefile.ReadAll(file)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file.Name(), err)
		}
		return patterns, nil
	}
	return nil, nil
}

// addTree writes everything under dir that is not ignored; the Dockerfile always
// is. Owners are left out: they would make the same tree another one elsewhere.
func addTree(archive *tar.Writer, dir, dockerfile string, ignored *patternmatcher.PatternMatcher) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == "." {
			return err
		}
		name = filepath.ToSlash(name)
		skip, err := ignored.MatchesOrParentMatches(name)
		if err != nil {
			return err
		}
		if skip && name != dockerfile {
			// Below an ignored folder only an exception, or the Dockerfile, can lie.
			if entry.IsDir() && !ignored.Exclusions() && !strings.HasPrefix(dockerfile, name+"/") {
				return filepath.SkipDir
			}
			return nil
		}
		return addEntry(archive, path, name, entry)
	})
}

func addEntry(archive *tar.Writer, path, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() && !info.IsDir() && info.Mode()&fs.ModeSymlink == 0 {
		return nil // sockets and devices do not travel
	}
	link := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if link, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	header.Name, header.Uid, header.Gid, header.Uname, header.Gname = name, 0, 0, "", ""
	if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.CopyN(archive, file, info.Size())
	return err
}

func addFile(archive *tar.Writer, name string, content []byte, mode int64) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}
