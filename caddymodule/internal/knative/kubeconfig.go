package knative

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Options say which cluster is meant, and as whom. The zero value is what
// kubectl uses: $KUBECONFIG, ~/.kube/config, or the pod that we run in.
type Options struct {
	Kubeconfig string // path; empty: as kubectl
	Context    string // empty: the current one
}

// load reads the kubeconfig, and gives the context's namespace besides. It
// follows kubectl in all: merged files, contexts, certificates, tokens, and
// credential plugins, which run when the first request is sent.
func load(o Options) (cfg *rest.Config, namespace string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	rules.Warner = func(error) {} // what it would print becomes an error below
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: o.Context})
	raw, err := loader.RawConfig()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", missing(err)
	}
	if err == nil {
		err = checkContext(raw, o.Context)
	}
	if err == nil {
		cfg, err = loader.ClientConfig()
	}
	if err == nil {
		namespace, _, err = loader.Namespace()
	}
	var known *Error
	switch {
	case err == nil:
		return cfg, namespace, nil
	case errors.As(err, &known):
		return nil, "", known
	case clientcmd.IsEmptyConfig(err):
		return nil, "", missing(nil)
	}
	return nil, "", &Error{Code: CodeKubeconfigInvalid, Message: "reading the kubeconfig", Fix: "mend the file; `kubectl config view` shows what it means", Err: err}
}

func missing(cause error) *Error {
	return &Error{
		Code: CodeKubeconfigMissing, Message: "there is no kubeconfig that names a cluster", Err: cause,
		Fix: "log in to the cluster so that `kubectl get ksvc` works, or set KUBECONFIG to the file",
	}
}

// checkContext names the contexts there are: client-go's own error does not,
// and it takes a missing current context for an empty file.
func checkContext(raw api.Config, wanted string) error {
	names := slices.Collect(maps.Keys(raw.Contexts))
	if wanted == "" {
		wanted = raw.CurrentContext
	}
	switch {
	case len(names) == 0 && wanted == "":
		return nil // a pod needs no context; otherwise client-go says that all is empty
	case wanted == "":
		return &Error{Code: CodeContextUnknown, Message: "the kubeconfig has no current context; " + closest("", names), Fix: "choose one, or run `kubectl config use-context NAME`"}
	case raw.Contexts[wanted] == nil:
		return &Error{Code: CodeContextUnknown, Message: fmt.Sprintf("the kubeconfig has no context %q; %s", wanted, closest(wanted, names)), Fix: "`kubectl config get-contexts` lists them"}
	}
	return nil
}
