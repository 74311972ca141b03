package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"
)

// Code names a class of engine errors; stable, for users and programs.
type Code string

// The classes of engine errors.
const (
	CodeUnavailable       Code = "engine_unavailable"
	CodeDenied            Code = "engine_denied"
	CodeContainerNotFound Code = "container_not_found"
	CodeNetworkNotFound   Code = "network_not_found"
	CodeVolumeNotFound    Code = "volume_not_found"
	CodeImageNotFound     Code = "image_not_found"
	CodeRegistry          Code = "registry_unavailable"
	CodeNameConflict      Code = "name_conflict"
	CodeConflict          Code = "conflict"
	CodeInUse             Code = "in_use"
	CodePortAllocated     Code = "port_allocated"
	CodeOutOfMemory       Code = "out_of_memory"
	CodeDiskFull          Code = "disk_full"
	CodeCommandNotFound   Code = "command_not_found"
	CodeMountNotFound     Code = "mount_not_found"
	CodeInvalid           Code = "invalid_configuration"
	CodeBuildFailed       Code = "build_failed"
	CodeUnsupported       Code = "unsupported"
	CodeRemote            Code = "engine_remote"
	CodePortUnreachable   Code = "port_unreachable"
	CodeEngine            Code = "engine_error"
)

// Error is an engine error with a stable code and a way out.
type Error struct {
	Code    Code
	Doing   string // gerund, e.g. "starting container"
	Subject string // what it was done to
	Fix     string // what to do next
	Err     error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %v", e.Doing, e.Subject, plain(e.Err))
	if e.Fix != "" {
		text += " (" + e.Fix + ")"
	}
	return text
}

// Words is the error's message without the fix of the engine error in it, for
// those who show that by itself.
func Words(err error) string {
	var engine *Error
	var unavailable *UnavailableError
	text := err.Error()
	switch {
	case errors.As(err, &engine) && engine.Fix != "":
		return strings.Replace(text, " ("+engine.Fix+")", "", 1)
	case errors.As(err, &unavailable):
		return strings.Replace(text, unavailable.Error(), unavailable.words(), 1)
	}
	return text
}

// Unwrap gives the engine's own error.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether err is an engine error of one of the given codes.
func Is(err error, codes ...Code) bool {
	code := CodeOf(err)
	for _, c := range codes {
		if c == code {
			return true
		}
	}
	return false
}

// CodeOf is the code of an engine error, "" for any other.
func CodeOf(err error) Code {
	var engine *Error
	var unavailable *UnavailableError
	switch {
	case errors.As(err, &engine):
		return engine.Code
	case errors.As(err, &unavailable):
		return unavailable.Code()
	}
	return ""
}

// mapped gives an error of the client its code and fix. The end of the caller's
// context keeps its own identity: it says nothing about the engine.
func mapped(doing, subject string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s %s: %w", doing, subject, err)
	}
	code := classify(doing, err)
	return &Error{Code: code, Doing: doing, Subject: subject, Fix: fixes[code], Err: err}
}

// classify prefers the status the engine answered with; where one status covers
// several causes, or the engine says 500 for all, only its words tell.
func classify(doing string, err error) Code {
	if client.IsErrConnectionFailed(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return CodeUnavailable
	}
	text := strings.ToLower(err.Error())
	if registryAway(text) {
		return CodeRegistry
	}
	for _, p := range phrases {
		if strings.Contains(text, p.text) {
			return p.code
		}
	}
	switch {
	case errdefs.IsNotFound(err):
		return missing(doing)
	case errdefs.IsConflict(err):
		return CodeConflict
	case errdefs.IsInvalidArgument(err):
		return CodeInvalid
	case errdefs.IsUnavailable(err):
		return CodeUnavailable
	}
	return CodeEngine
}

// registryAway says that the engine answered, and that it was a registry it had
// no answer from: it names the address, which has the registries' API in its path.
func registryAway(text string) bool {
	return strings.Contains(text, "/v2/") && slices.ContainsFunc(silences, func(words string) bool { return strings.Contains(text, words) })
}

// missing is what a 404 means to the one who asked.
func missing(doing string) Code {
	switch {
	case strings.HasSuffix(doing, "network"):
		return CodeNetworkNotFound
	case strings.HasSuffix(doing, "volume"):
		return CodeVolumeNotFound
	case strings.HasSuffix(doing, "image"):
		return CodeImageNotFound
	}
	return CodeContainerNotFound
}

// plain strips the client's prefixes, which repeat what our sentence says.
func plain(err error) error {
	if text, ok := strings.CutPrefix(err.Error(), "Error response from daemon: "); ok {
		return errors.New(text)
	}
	return err
}

// Interface guards
var _ error = (*Error)(nil)
