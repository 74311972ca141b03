// backends.go contains why a backend does not answer.

package codes

var docker = Table{
	Heading: "The docker backend",
	Intro:   "`devproxy status` and the log name why it is down; besides `engine_unavailable` and the compose files' codes:",
	What:    "what happened",
	Codes: []Code{
		{"runner_unhealthy", "", "A new container did not get healthy; its last lines are shown, and the one before it goes on.", ""},
		{"runner_not_started", "", "The project could not be brought up; the message says why.", ""},
		{"runner_died", "", "The container ended, or was removed; it is started again.", ""},
		{"runner_hung", "", "The container runs and does not answer: its health check fails, or three probes in a row did. It is stopped and started again.", ""},
		{"engine_remote", "", "The engine is on another machine, and what it would run is reached, or found, only there.", ""},
		{"port_unreachable", "", "A new container is healthy, but does not answer on its port from here.", ""},
	},
}

var probes = Table{
	Heading: "Probes",
	Intro:   "What the last probe of a backend found:",
	What:    "what happened",
	Codes: []Code{
		{"connection_refused", "", "Nobody listens there.", ""},
		{"connection_reset, network_error", "", "The connection broke before the answer.", ""},
		{"timeout", "", "There was no answer in time.", ""},
		{"host_not_found, host_unreachable", "", "The name has no address, or there is no way to it.", ""},
		{"tls_failed", "", "The certificate, or the protocol, is wrong.", ""},
		{"unauthorized", "", "The runner answered 401 or 403: the service token is another one.", "Give both the same `RUNNER_SERVICE_TOKEN`."},
		{"bad_status", "", "The runner answered something else than 200.", ""},
		{"not_configured", "", "The backend has no URL.", ""},
	},
}

var unsafe = Table{
	Intro: "The log warns once of a backend that answers and is not safe:",
	What:  "what happened",
	Codes: []Code{
		{"service_token_in_clear", "", "The service token goes over plain http to another machine, and whoever is on the way can read it.", "Reach it over https."},
	},
}

var knative = Table{
	Heading: "Knative",
	What:    "what happened",
	Codes: []Code{
		{"knative_config_invalid, knative_reference_invalid", "", "URL, host, CA file or `namespace/service` cannot be used.", ""},
		{"kubeconfig_missing, kubeconfig_invalid, kube_context_unknown", "", "There is no kubeconfig, or none with that context.", ""},
		{"kube_credentials_failed, kube_unauthorized, kube_forbidden", "", "The cluster does not know the user, or will not show them services.", ""},
		{"kube_unreachable", "", "The cluster's API does not answer.", ""},
		{"knative_not_installed", "", "The cluster has no Knative Serving.", ""},
		{"knative_service_not_found, knative_service_not_ready", "", "There is no such service, or it is not ready, for the reason that is named.", ""},
		{"knative_service_unreachable", "", "The service has an address inside of the cluster only.", ""},
	},
}
