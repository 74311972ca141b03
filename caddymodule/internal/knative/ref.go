package knative

import (
	"fmt"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// Ref names a service of a cluster.
type Ref struct {
	Namespace string // empty: that of the context
	Name      string
}

func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// label is what Kubernetes allows as the name of a namespace or a service.
var label = expression.WhenNeeded(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// ParseRef reads "namespace/service", or "service" for one in the namespace of
// the kubeconfig's context.
func ParseRef(text string) (Ref, error) {
	namespace, name, found := strings.Cut(text, "/")
	if !found {
		namespace, name = "", text
	}
	if !label().MatchString(name) || (found && !label().MatchString(namespace)) {
		return Ref{}, &Error{
			Code:    CodeReferenceInvalid,
			Message: fmt.Sprintf("%q does not name a service", text),
			Fix:     "write namespace/service, as in default/alga-ext-runner; `kubectl get ksvc -A` lists them",
		}
	}
	return Ref{Namespace: namespace, Name: name}, nil
}
