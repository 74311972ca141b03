package knative

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Service is what the cluster says of a Knative service.
type Service struct {
	Ref
	// URL is where it answers; nil while it has no route.
	URL *url.URL
	// Ready is its Ready condition.
	Ready Condition
	// Revision is the name of the newest revision that is ready; may be empty.
	Revision string
}

// Condition is a condition of the service.
type Condition struct {
	Status  string // "True", "False", or "Unknown" while the cluster works on it
	Reason  string // one word, such as "RevisionMissing"; empty when True
	Message string
}

// Local says whether the service has an address inside of its cluster only.
func (s Service) Local() bool {
	if s.URL == nil {
		return false
	}
	host := s.URL.Hostname()
	return strings.HasSuffix(host, ".svc") || strings.Contains(host, ".svc.")
}

// Err says why the service cannot be used from here, as an *Error; nil when it can.
func (s Service) Err() error {
	switch {
	case s.Ready.Status == "True" && s.URL != nil && !s.Local():
		return nil
	case s.Ready.Status == "True" && s.URL != nil:
		return &Error{
			Code:    CodeServiceUnreachable,
			Message: fmt.Sprintf("the Knative service %s is ready at %s, which only its cluster can reach", s.Ref, s.URL),
			Fix:     "remove its label networking.knative.dev/visibility, or forward a port to the ingress and give the backend that address and the host",
		}
	case s.Ready.Status == "False":
		return s.notReady("is not ready", "`kubectl describe ksvc` and the log of its newest revision say more")
	}
	return s.notReady("is not ready yet", "wait for it; `kubectl get ksvc -w` follows it")
}

func (s Service) notReady(how, fix string) *Error {
	e := &Error{Code: CodeServiceNotReady, Message: fmt.Sprintf("the Knative service %s %s", s.Ref, how), Fix: fix}
	if s.Ready.Reason != "" {
		e.Message += " (" + s.Ready.Reason + ")"
	}
	if s.Revision != "" {
		e.Message += ", though its revision " + s.Revision + " may still answer"
	}
	if s.Ready.Message != "" {
		e.Err = errors.New(strings.TrimSpace(s.Ready.Message))
	}
	return e
}

// Service asks the cluster for ref, whose namespace may be empty. That the
// service is not ready is no error here; see [Service.Err]. The error is an
// *Error.
func (c *Cluster) Service(ctx context.Context, ref Ref) (Service, error) {
	if ref.Namespace == "" {
		ref.Namespace = c.namespace
	}
	var o object
	err := c.get(ctx, &o, "namespaces", ref.Namespace, "services", ref.Name)
	var answer *answerError
	switch {
	case err == nil:
		return o.service(ref)
	case !errors.As(err, &answer):
		return Service{}, err
	case answer.Status == http.StatusNotFound:
		return Service{}, c.notFound(ctx, ref)
	}
	return Service{}, c.refused(ref, answer)
}

// object is as much of serving.knative.dev/v1 Service as is read here.
type object struct {
	Metadata struct {
		Name, Namespace string
		Generation      int64
	}
	Status struct {
		URL                     string
		ObservedGeneration      int64
		LatestReadyRevisionName string
		Conditions              []struct{ Type, Status, Reason, Message string }
	}
}

func (o object) service(ref Ref) (Service, error) {
	s := Service{Ref: ref, Ready: Condition{Status: "Unknown"}, Revision: o.Status.LatestReadyRevisionName}
	if o.Status.URL != "" {
		at, err := url.Parse(o.Status.URL)
		if err != nil {
			return Service{}, &Error{Code: CodeServiceNotReady, Message: fmt.Sprintf("the Knative service %s has no usable URL", ref), Fix: "look at its status.url", Err: err}
		}
		s.URL = at
	}
	for _, c := range o.Status.Conditions {
		if c.Type == "Ready" {
			s.Ready = Condition{Status: c.Status, Reason: c.Reason, Message: c.Message}
		}
	}
	if o.Status.ObservedGeneration < o.Metadata.Generation {
		// what stands there is about the service as it was before the last change
		s.Ready = Condition{Status: "Unknown", Reason: "NotReconciled", Message: "the cluster has not seen its last change yet"}
	}
	return s, nil
}
