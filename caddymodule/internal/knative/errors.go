package knative

import (
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/compose/spelling"
)

// The codes of an [Error].
const (
	CodeConfigInvalid      = "knative_config_invalid"      // base URL, host or CA file cannot be used
	CodeReferenceInvalid   = "knative_reference_invalid"   // not "namespace/service"
	CodeKubeconfigMissing  = "kubeconfig_missing"          // there is no kubeconfig, or an empty one
	CodeKubeconfigInvalid  = "kubeconfig_invalid"          // it cannot be understood
	CodeContextUnknown     = "kube_context_unknown"        // it has no such context, or none is chosen
	CodeCredentialsFailed  = "kube_credentials_failed"     // #nosec G101 -- the code of an error: the credential plugin failed
	CodeUnauthorized       = "kube_unauthorized"           // the cluster does not know the user
	CodeForbidden          = "kube_forbidden"              // the user may not read services there
	CodeClusterUnreachable = "kube_unreachable"            // the cluster's API does not answer, or not as one
	CodeNotInstalled       = "knative_not_installed"       // the cluster has no Knative Serving
	CodeServiceNotFound    = "knative_service_not_found"   // the namespace has no such service
	CodeServiceNotReady    = "knative_service_not_ready"   // the service exists and cannot answer
	CodeServiceUnreachable = "knative_service_unreachable" // it has an address inside of the cluster only
)

// Error says what is wrong between devproxy and a Knative service.
type Error struct {
	Code    string
	Message string
	Fix     string // what to do next
	Err     error  // the cause; may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// closest names the known word that resembles word, or lists what is known.
func closest(word string, known []string) string {
	if len(known) == 0 {
		return "there are none"
	}
	slices.Sort(known)
	if near := spelling.Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	const shown = 12
	if more := len(known) - shown; more > 0 {
		return fmt.Sprintf("there are %s and %d more", strings.Join(known[:shown], ", "), more)
	}
	return "there are " + strings.Join(known, ", ")
}
