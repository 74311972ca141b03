package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// build waits for as long as the commands take.
func (a *admin) build(ctx context.Context, name string) ([]runnerstatus.Built, error) {
	a.client.Timeout = 0
	var answer caddymodule.BuildAnswer
	err := a.do(ctx, http.MethodPost, "/runner/build?"+url.Values{"extension": {name}}.Encode(), func(body io.Reader) error {
		return json.NewDecoder(body).Decode(&answer)
	})
	return answer.Builds, err
}

// unknown says that the running devproxy has nothing of that name.
func (r *refusal) unknown() bool { return strings.HasPrefix(r.status, fmt.Sprint(http.StatusNotFound)) }

// once builds in this process, with the config that `up` would take.
func (o *buildOptions) once(ctx context.Context, shown *progress) ([]runnerstatus.Built, error) {
	config, err := o.configuration()
	if err != nil {
		return nil, err
	}
	var builds []runnerstatus.Built
	if o.out == "" {
		builds, err = caddymodule.BuildOnce(ctx, config, o.name, nil, shown.show)
	} else {
		err = replace(o.out, func(file io.Writer) (bool, error) {
			builds, err = caddymodule.BuildOnce(ctx, config, o.name, file, shown.show)
			return failedBuilds(builds) == nil, err
		})
	}
	switch {
	case errors.Is(err, caddymodule.ErrUnknownExtension):
		return nil, unknownExtension(err)
	case errors.Is(err, caddymodule.ErrManyExtensions):
		return nil, usageFault("conflicting_flags", "name one of the extensions", "%w", err)
	}
	return builds, err
}

// configuration is what `up` would load for the extension.
func (o *buildOptions) configuration() ([]byte, error) {
	up := &upOptions{config: o.config}
	if isFolder(o.name) {
		up.extensions = []string{o.name}
	}
	if err := up.complete(); err != nil {
		return nil, err
	}
	source, body, _, err := up.read()
	if err != nil {
		return nil, err
	}
	if err := up.setEnvironment(); err != nil {
		return nil, err
	}
	return adapt(source, body)
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return name != "" && err == nil && info.IsDir()
}

// folderOrID is the name as the running devproxy, which may be in another
// folder, knows it.
func (o *buildOptions) folderOrID() string { return folderOrID(o.name) }

func folderOrID(name string) string {
	if abs, err := filepath.Abs(name); err == nil && isFolder(name) {
		return abs
	}
	return name
}

// replace writes a file anew, and leaves the one before when write does not
// want it.
func replace(name string, write func(io.Writer) (keep bool, err error)) error {
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	defer os.Remove(file.Name()) // it is gone when it was kept
	keep, err := write(file)
	if err := errors.Join(err, file.Chmod(0o644), file.Close()); err != nil || !keep {
		return err
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
