package knative

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

type objects struct{ Items []object }

// notFound says why ref is not there, with what is there instead.
func (c *Cluster) notFound(ctx context.Context, ref Ref) error {
	var here objects
	err := c.get(ctx, &here, "namespaces", ref.Namespace, "services")
	var answer *answerError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		return &Error{
			Code: CodeNotInstalled, Message: "the cluster at " + c.base.Redacted() + " has no Knative Serving",
			Fix: "choose another context; `kubectl api-resources --api-group=serving.knative.dev` shows whether it is there",
		}
	}
	found := &Error{
		Code:    CodeServiceNotFound,
		Message: fmt.Sprintf("namespace %s has no Knative service %q", ref.Namespace, ref.Name),
		Fix:     "`kubectl get ksvc -A` lists them",
	}
	if elsewhere := c.elsewhere(ctx, ref); elsewhere != "" {
		found.Message += fmt.Sprintf("; did you mean %q?", elsewhere)
		return found
	}
	if err == nil { // who may not list learns only that it is not there
		names := make([]string, len(here.Items))
		for i, o := range here.Items {
			names[i] = o.Metadata.Name
		}
		found.Message += "; " + closest(ref.Name, names)
	}
	return found
}

// elsewhere is the service of that name in another namespace, if there is
// exactly one and the user may see it.
func (c *Cluster) elsewhere(ctx context.Context, ref Ref) string {
	var all objects
	if err := c.get(ctx, &all, "services"); err != nil {
		return ""
	}
	found := ""
	for _, o := range all.Items {
		if o.Metadata.Name != ref.Name {
			continue
		}
		if found != "" {
			return ""
		}
		found = o.Metadata.Namespace + "/" + o.Metadata.Name
	}
	return found
}
