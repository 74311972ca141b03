// Package knative knows what is particular about a runner that is a Knative
// service: where the cluster says it answers, how an ingress is addressed,
// how long its first answer takes, and how to behave like one on a machine
// without a cluster.
//
// The engine calls it: [Open] and [Cluster.Service] turn "namespace/service"
// into a URL, [Transport] and [Config.Aim] carry a backend's requests there,
// a [Meter] tells cold answers from warm ones, and an [Emulator] stands in
// front of any backend's transport. The package calls the cluster's API with
// the developer's own kubeconfig, and nothing else.
package knative
