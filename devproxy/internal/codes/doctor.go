// doctor.go contains what `devproxy doctor` finds.

package codes

var doctor = Table{
	Intro: "`devproxy doctor` also finds, besides the codes above; [Doctor](doctor.md) tells of each what it looks at:",
	What:  "what is the case, and what to do",
	Codes: []Code{
		{"socket_stale, containers_left", "", "A devproxy that was killed left a socket, or containers that have ended.", "`devproxy doctor --fix` removes them."},
		{"state_network", "", "The state folder lies on a network file system, where sockets and locks may fail.", "Set `XDG_STATE_HOME`."},
		{"disk_low", "", "Less than 256 MiB are free where devproxy writes.", "Free space."},
		{"watch_instances", "", "No more watchers may be opened, so folders are polled.", "Raise the setting that is named."},
		{"open_files_low", "", "Fewer than 512 files may be open at once.", ""},
		{"node_missing, node_old, npm_missing", "", "An extension is built with Node 20 or later and npm, and they are not there.", "Install Node 20 or later."},
		{"packages_missing", "", "npm packages are not installed.", "`devproxy doctor --fix` runs `npm ci` where there is a lockfile and no `node_modules`."},
		{"componentize_untested", "", "Handlers cannot run from their source with that version of `@bytecodealliance/componentize-js`; the one to install is named.", ""},
		{"ca_unusable", "", "The CA of https cannot be read, or its key is missing or another one's, so `up --https` does not start; the command that makes way for another CA is named.", ""},
		{"ca_expired, ca_expires", "", "The CA of https is good for less than a week, with which `up --https` does not start, or for less than 30 days.", ""},
		{"ca_key_exposed", "", "Others may read the key of the CA.", "`devproxy doctor --fix` takes that right from them."},
		{"ca_untrusted", "", "A store where `devproxy trust` puts the CA does not have it, so browsers warn.", "Run `devproxy trust`."},
		{"ca_leftover", "", "A CA of an earlier devproxy, or of another `XDG_STATE_HOME`, is still trusted; the command that removes it is named.", ""},
		{"ca_file_missing, ca_file_invalid", "", "A file of CAs that the config names is not there, or holds no certificate in PEM.", ""},
		{"ca_file_expired, ca_file_expires", "", "Every CA in such a file has expired, or does within 30 days.", ""},
		{"engine_api, engine_old", "", "The container engine does not speak the API version, often one that `DOCKER_API_VERSION` pins, or an untested one below 1.41.", ""},
		{"clock_skew", "", "The engine's clock is more than 3 s off.", "Set it; a machine that slept may need a restart of the engine."},
		{"gateway_unreachable", "", "Containers do not reach this machine as `host.docker.internal`, often for a firewall.", ""},
		{"container_name_fixed", "", "A service has a `container_name`, so two checkouts cannot run at once.", ""},
		{"extra_hosts_missing", "", "A service uses `host.docker.internal` without naming it in `extra_hosts`.", ""},
	},
}
