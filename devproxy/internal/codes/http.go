// http.go contains what the gateway and a runner answer.

package codes

var gateway = Table{
	Heading: "HTTP",
	At:      "status",
	What:    "what happened",
	Codes: []Code{
		{"not_exposed", "404", "The path is none that the runner shows on this origin.", "`expose` in the Caddyfile adds more."},
		{"wrong_origin", "421", "The name of the host is no extension's, or the path is not that extension's UI.", "See [isolation](isolation.md)."},
		{"no_own_origin", "404", "`isolation subdomain`: the extension's id is too long for the name of a host.", ""},
		{"not_found", "404", "There is nothing below `/__runner/` under that name.", ""},
		{"dashboard_locked", "401", "The dashboard's address was used already, or devproxy has restarted.", "`devproxy dashboard` gives a new one."},
		{"dashboard_foreign", "403", "A page other than the dashboard asked for its port.", ""},
		{"invalid_path", "400", "The path holds `.` or `..` segments, backslashes or control characters.", ""},
		{"invalid_request", "400", "A call of a handler is malformed.", ""},
		{"method_not_allowed", "405", "`Allow` names the methods.", ""},
		{"cross_origin", "403", "Another site's page called a handler.", ""},
		{"not_installed", "404", "The extension is not loaded.", "Start with `--extension DIR`."},
		{"endpoint_not_found", "404", "Method and path are not among `api.endpoints` of the manifest.", ""},
		{"payload_too_large", "413", "The body is larger than 10 MiB, or than `max_body`.", ""},
		{"request_timeout", "408", "The body did not arrive within `timeout`.", ""},
		{"handler_missing", "502", "There is no handler yet: devproxy builds it from its source, and something keeps it from that, which the message names.", "Do what the message says; `devproxy status` says it, too."},
		{"runner_not_configured", "500", "The selected backend has no URL.", ""},
		{"runner_not_ready", "503", "The selected backend is starting or down.", "Retry as `Retry-After` says."},
		{"docker_runner_not_ready", "503", "The docker backend is starting or down.", "`devproxy status` says why."},
		{"runner_unreachable", "502", "Nothing accepts connections at the backend's address.", ""},
		{"runner_timeout", "504", "The backend did not answer within `timeout`.", ""},
		{"runner_error", "502 or the runner's", "The runner answered with an error that has no name.", ""},
		{"runner_proxy_error", "502", "The request could not be passed on.", ""},
		{"app_not_ready", "503", "The app accepts no connections yet; pages reload themselves.", ""},
		{"app_broke_off", "502 or 504", "The app took the request and gave no answer, as when it crashes.", ""},
	},
}

var live = Table{
	Intro: "What the script of live reload asks below `/__runner/live/` is refused with:",
	At:    "status",
	What:  "what happened",
	Codes: []Code{
		{"invalid_live_token", "403", "The token is that of another extension, or of a devproxy that ended.", "Load the page again."},
		{"foreign_origin", "403", "Another site's page asked.", ""},
		{"invalid_extensions", "400", "More than 64 extensions on one page share a stream.", ""},
		{"invalid_console", "400", "The console's lines are too many, too large, or no JSON.", ""},
		{"console_off", "404", "`console off`: lines stay in the browser.", ""},
		{"no_editor", "501", "No editor with a window is known.", "Name one with `--editor`."},
		{"extension_not_found", "404", "The extension whose file is to be opened is not loaded, or no longer.", ""},
		{"file_not_found", "404", "The extension's folder has no such file.", ""},
		{"editor_failed", "502", "The editor could not be started; the message says why.", ""},
		{"rate_limited", "429", "More lines of the console, or files to open, than a person can look at.", ""},
		{"shutting_down", "503", "devproxy is stopping, or its settings changed; the page asks again.", ""},
	},
}

var registry = Table{
	Intro: "A runner in a container that asks [for its extensions](security.md#the-registrys-reach) gets:",
	At:    "status",
	What:  "what happened",
	Codes: []Code{
		{"invalid_api_key", "401", "The key is missing or another one.", ""},
		{"missing_parameter", "400", "The query lacks what the message names.", ""},
		{"install_not_found", "404", "No extension is loaded for that host.", ""},
		{"bundle_not_found", "404", "There is no such content, or no longer.", "Reload the page."},
		{"bundle_unreadable", "500", "The bundle cannot be read.", "Save a file to make a new one."},
	},
}

var files = Table{
	Intro: "Files of an extension's UI come from the runner, whose errors are `{\"code\",\"message\"}`:",
	Name:  "runner's code",
	At:    "status",
	What:  "what happened",
	Codes: []Code{
		{"invalid_content_hash", "400", "The URL's hash is not `sha256:` and hexadecimal digits.", ""},
		{"invalid_path", "400", "The file's name or kind is none that a runner serves.", ""},
		{"not_found", "404", "Neither the file nor `ui/index.html` exists.", ""},
		{"extension_not_installed", "404", "Nobody knows the extension under that hash.", ""},
		{"asset_too_large", "413", "The file is larger than the runner serves.", ""},
		{"archive_hash_mismatch", "502", "A downloaded bundle is not what its hash names.", ""},
		{"extract_failed, asset_unreadable", "500", "A bundle or file could not be read; the log says why.", ""},
	},
}

var runner = Table{
	Intro: "A runner that is asked directly (`/v1/execute`, `/warmup`) also answers `invalid_service_token` and the like, in the shape above:",
	Name:  "runner's code",
	At:    "status",
	What:  "what happened",
	Codes: []Code{
		{"invalid_json", "400", "The body is no JSON.", ""},
		{"invalid_request", "422 or 400", "The body is JSON of another shape, which the message names; 400 where it broke off.", ""},
		{"invalid_extension_id, extension_id_missing, invalid_tenant", "400", "An id is missing, or holds what none may hold.", ""},
		{"tenant_mismatch", "400", "Query and header name two tenants.", ""},
		{"unsupported_component, warmup_failed", "400", "The handler could not be compiled; the message says why.", ""},
		{"memory_low", "503", "There is too little memory to compile it.", ""},
		{"invalid_service_token", "401", "The token is missing or another one.", ""},
		{"unsupported_media_type", "415", "The body is not declared as JSON.", ""},
	},
}

var runs = Table{
	Intro: "What the runner reports of a handler's run passes through with its own status:",
	At:    "status",
	What:  "what happened",
	Codes: []Code{
		{"missing_routing_headers", "400", "Tenant or extension header is missing.", ""},
		{"unknown_capabilities", "400", "The manifest asks for capabilities that do not exist.", ""},
		{"engine_init_failed", "500", "The runner cannot execute handlers.", ""},
		{"bundle_fetch_failed", "502", "The extension's content could not be had.", ""},
		{"secret_decrypt_failed", "500", "The secrets could not be opened.", ""},
		{"memory_low", "503", "There is too little memory to compile the handler, which would end the process; the message says what bounds it, what is left, and what is needed.", ""},
		{"execute_failed", "500", "The handler trapped, ran too long or needed too much memory; the message says which, and names a host call that was denied.", ""},
	},
}
